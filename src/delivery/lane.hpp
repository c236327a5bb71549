#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "core/circuit.hpp"
#include "core/exchange.hpp"
#include "core/lane_history.hpp"
#include "delivery/effects.hpp"
#include "delivery/gateway_queue.hpp"
#include "delivery/lane_queue.hpp"
#include "delivery/rate_limiter.hpp"
#include "engine/catalog.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/classify.hpp"
#include "engine/render.hpp"

namespace mih::delivery {

/// What a lane decides with; all of it outlives the call it is passed to.
struct Context {
  Now now;
  const engine::Catalog& catalog;
  Effects& effects;
  const std::function<double()>& chance;  ///< random numbers from 0 to below 1
  json::Document& scratch;
  Enricher& enricher;
  const engine::SiteAddresses& sites;
};

/// How attempts ended since the start of this process.
struct Tally {
  std::int64_t delivered = 0;
  std::int64_t retried = 0;
  std::int64_t dead = 0;
};

/// What one commit has made durable of a lane.
struct Recorded {
  std::vector<core::DeliveryKey> keys;  ///< of those that were not delivered
  int updates = 0;
  int circuits = 0;
};

/// An attempt that begins now.
struct Started {
  std::variant<core::DeliveryKey, GatewayId> who;
  core::Request request;
};

/// Everything about one service: its deliveries in memory, its circuit, how much may be in flight.
/// Decides, and writes what is to be done into Context::effects; does no I/O and reads no clock.
class Lane {
 public:
  /// `after_restart`: the process before this one may have called the service just now.
  Lane(core::ServiceId service, const core::CircuitRecord& record, const core::Service& settings,
       bool after_restart, Now now);

  /// How the circuit came to be as it was restored.
  void remember(core::LaneHistory::Changes changes, const core::CircuitRecord& record);

  core::ServiceId service() const { return service_; }

  /// New deliveries, committed just now.
  void add(core::Delivery delivery, const Context& context);
  /// The answer to a Load.
  void add_loaded(store::Window window, const Context& context);
  /// The result of the attempt that start_next() began.
  void finish_attempt(core::DeliveryKey key, const core::Reply& reply, const Context& context);
  /// A commit with records of this lane is durable.
  void on_recorded(const Recorded& recorded, const Context& context);

  /// A synchronous gateway call: ends in exactly one Effects::answers.
  void call(GatewayCall call, const Context& context);
  /// Ends the waiting calls that cannot go on: out of time, circuit open, service deleted; with
  /// `stopping` all of them.
  void end_calls(const Context& context, bool stopping);
  std::optional<SteadyTime> next_call_deadline() const { return calls_.next_deadline(); }
  /// The result of an attempt of a gateway call.
  void finish_call(GatewayId id, core::Reply reply, const Context& context);

  /// Does what can be done now: loads, spills, expires, ends what cannot go on, starts one attempt.
  /// Returns the attempt that is to be sent; empty when nothing can start. Call it until it returns
  /// empty.
  std::optional<Started> start_next(const Context& context, std::size_t window);
  /// When start_next() can have something to do although nothing happened.
  std::optional<SteadyTime> next_wakeup(const Context& context);

  void reset_circuit(const Context& context);
  void clamp_clock(const Context& context);
  /// False: it is not waiting.
  bool retry_now(core::DeliveryKey key, const Context& context);
  bool cancel(core::DeliveryKey key, const Context& context);
  /// What a delivery waited for is known.
  void on_enriched(core::DeliveryKey key, const Context& context);
  /// It cannot be had.
  void on_not_enriched(core::DeliveryKey key, const std::string& why, const Context& context);
  /// The rules changed: ends deliveries whose rule is gone, and looks again at those that wait for
  /// what their rule may not need any more.
  void on_rules_changed(const Context& context);
  /// New deliveries stay in the store, until those behind last_key() are loaded.
  bool spilled() const { return spilled_; }
  core::DeliveryKey last_key() const { return last_key_; }
  /// A pending delivery has come into memory, and may have been finished since.
  bool has_loaded(const core::Delivery& pending) const;
  /// Ends a pending delivery that is in the store alone. False: it is not.
  bool end_unloaded(core::Delivery pending, core::DeadReason reason, std::string error,
                    const Context& context);

  const engine::CircuitBreaker& circuit() const { return circuit_; }
  std::int64_t in_flight() const { return in_flight_; }
  const Tally& tally() const { return tally_; }
  const core::LaneHistory& history() const { return history_; }
  /// What was open at the start has been loaded, at least the oldest part of it.
  bool loaded() const { return loaded_once_; }
  /// When the oldest delivery in memory was accepted; what is spilled is younger.
  std::optional<WallTime> oldest() const;
  /// Those that are parked until what their templates say of people and courses is known.
  std::vector<core::DeliveryKey> enriching() const;
  bool empty() const { return queue_.empty(); }
  /// Nothing of it is in memory, in the store, on its way to a service or to the store.
  bool idle() const {
    return queue_.empty() && in_flight_ == 0 && !spilled_ && unrecorded_ == 0 &&
           circuit_commits_ == 0;
  }

 private:
  /// What keeps a new attempt from starting.
  enum class Obstacle : std::uint8_t { kNone, kCommit, kCircuit, kSlots, kRate };
  Obstacle obstacle(const core::Service& settings, const Context& context);
  std::optional<Started> start_delivery(const std::shared_ptr<const core::Service>& settings,
                                        const Context& context);
  std::optional<Started> start_call(const core::Service& settings, const Context& context);
  /// Somebody wants to be the first after the cooldown: "halfopen" is committed before the probe.
  bool half_open(const Context& context);
  /// Takes slot and token.
  Started begin(Started started);
  void request_more(const Context& context, std::size_t window);
  void expire_parked(const core::Service& settings, const Context& context);
  void end_all(core::DeadReason reason, const std::string& error, const Context& context);
  /// False: something that its templates say of people and courses has to be asked first.
  bool enrich(Item& item, const Context& context);
  void drop_orphans(const Context& context);
  std::optional<core::Request> render(Item& item, std::shared_ptr<const core::Service> settings,
                                      const Context& context);

  void deliver(Item& item, const core::Reply& reply, const Context& context);
  void retry_later(Item& item, const core::Reply& reply, const engine::Verdict& verdict,
                   const Context& context);
  void postpone(Item& item, const core::Reply& reply, std::chrono::milliseconds wait,
                const Context& context);
  void bury(Item& item, core::DeadReason reason, std::string error, const core::Reply* reply,
            const Context& context);
  void record_death(Item& item, core::DeadReason reason, std::string error,
                    const core::Reply* reply, const Context& context);
  void record(store::DeliveryUpdate update, const Context& context);
  void log_call(const Item& item, const core::Reply& reply, bool success, const Context& context);
  void settle(const engine::CircuitBreaker::Permit& permit, const engine::Verdict& verdict,
              const core::Service& settings, const Context& context);
  void note_failure(const engine::Verdict& verdict, const core::Reply& reply, Now now);
  void pause(std::chrono::milliseconds wait, const Context& context);
  void end_waiting_calls(GatewayAnswer::Kind without_attempt, const Context& context);
  void answer(const GatewayCall& call, GatewayAnswer::Kind kind, const Context& context);
  void record_circuit(const Context& context);
  /// It needs a rule that was deleted.
  static bool is_orphan(const Item& item, const Context& context);
  bool is_too_old(const Item& item, const core::Service& settings, Now now) const;

  core::ServiceId service_;
  engine::CircuitBreaker circuit_;
  LaneQueue queue_;
  GatewayQueue calls_;
  RateLimiter rate_;
  Tally tally_;
  core::LaneHistory history_;
  std::int64_t in_flight_ = 0;
  std::int64_t limit_;  ///< in flight; grows from 1 after the circuit has closed
  std::uint64_t successes_ = 0;
  SteadyTime paused_until_{};
  int unrecorded_ = 0;       ///< updates that wait for their commit
  int circuit_commits_ = 0;  ///< under way; no attempt starts before they are durable
  SteadyTime next_expiry_check_{};

  bool spilled_ = true;  ///< new deliveries stay in the store; starts so, to load what is open
  bool loading_ = false;
  SteadyTime load_not_before_{};
  bool loaded_once_ = false;
  bool caught_up_ = false;      ///< what an earlier process left has all been loaded
  core::DeliveryKey last_key_;  ///< the highest that came in and was never tried before
  /// New deliveries that were on their way when this lane spilled, or that a drained load has let
  /// through before it came back: no load brings them.
  std::set<core::DeliveryKey> came_while_spilled_;
  /// What end_unloaded() ended while a load was under way that may bring it.
  std::set<core::DeliveryKey> ended_while_loading_;
  /// What end_unloaded() ended, until that is durable.
  std::set<core::DeliveryKey> ending_unloaded_;
};

}  // namespace mih::delivery
