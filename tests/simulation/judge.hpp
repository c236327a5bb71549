#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "delivery/dispatcher.hpp"
#include "delivery/effects.hpp"
#include "engine/catalog.hpp"
#include "simulation/circuit_model.hpp"
#include "simulation/outcome.hpp"
#include "simulation/trace.hpp"
#include "store/memory/memory_store.hpp"

namespace mih::simulation {

/// Knows what docs/delivery.md promises and watches everything that goes in and out of the
/// dispatcher, the store and the network. It tells the whole story a second time, in its own words,
/// and objects where the two differ.
class Judge {
 public:
  Judge(Trace& trace, store::memory::MemoryStore& store, nanoseconds patience)
      : trace_(trace), store_(store), patience_(patience) {}

  // What people change, as the store has it.
  void on_configured(std::vector<core::Service> services, std::vector<core::Rule> rules);
  /// Right before the store does it; returns how many must succeed.
  std::int64_t on_replay(const std::vector<core::DeadLetterId>& letters, core::ReplayMode mode,
                         WallTime now);
  std::int64_t on_letters_removed(const std::vector<core::DeadLetterId>& letters);
  void on_job_step(std::int64_t succeeded, std::int64_t expected);

  // The process.
  void on_start(const engine::Catalog& catalog, Now now);
  void on_killed();
  void on_stop_starting() { stopping_ = true; }

  // The store.
  void on_commit(const store::Batch& batch);

  // Into the dispatcher; each right after the dispatcher was told.
  void on_catalog(const engine::Catalog& catalog, Now now);
  void on_added(const std::vector<core::Delivery>& deliveries, Now now);
  void on_loaded(const std::vector<core::Delivery>& deliveries, Now now);
  /// Read from the store, to be ended there.
  void on_found(const std::vector<core::Delivery>& deliveries);
  void on_reply(transport::CallId call, const core::Reply& reply,
                const delivery::Dispatcher& dispatcher, Now now);
  void on_recorded(Now now) { last_record_ = now.steady; }
  /// A look-up of people has ended, one way or the other.
  void on_looked_up(Now now);
  void on_person_changed(std::int64_t id, int changes) { changes_[id] = changes; }
  void on_call(const delivery::GatewayCall& call);
  void on_reset(const std::vector<core::ServiceId>& services, Now now);
  void on_retry_now(core::DeliveryKey key, bool done, Now now);
  void on_cancel(core::DeliveryKey key, bool done);

  // Out of the dispatcher.
  void before_run(Now now);
  void on_effects(const delivery::Effects& effects, Now now);

  // The other end.
  void on_arrival(const core::Request& request);

  // Questions of the one who writes the schedule.
  std::vector<core::DeliveryKey> open_keys(core::ServiceId service) const;
  std::optional<core::ServiceId> service_of(core::DeliveryKey key) const;
  bool all_calls_answered() const;
  /// Moodle refuses all look-ups.
  void expect_refused_look_ups() { look_ups_refused_ = true; }
  std::int64_t open() const { return created_ - delivered_ - dead_; }
  std::int64_t dead(core::DeadReason reason) const;

  /// Nothing waits for a rule or service that is gone.
  void check_no_orphans();
  /// Everything has ended, and the list of dead letters is exactly what it must be.
  void check_end();

 private:
  enum class Phase : std::uint8_t { kOpen, kDelivered, kDead };
  struct Standing {
    Phase phase = Phase::kOpen;
    core::DeadReason reason = core::DeadReason::kRejected;
    int tries = 0;
    int counted = 0;
    WallTime due{};
    bool pauses = false;                  ///< the service asked for this wait
    std::chrono::milliseconds longest{};  ///< that it may still be after a restart
  };
  /// What the next update of a delivery must say.
  struct Expected {
    Phase phase = Phase::kOpen;
    core::DeadReason reason = core::DeadReason::kRejected;
    std::chrono::milliseconds shortest{};
    std::chrono::milliseconds longest{};
    bool pauses = false;
  };
  struct Known {
    std::string event;
    core::RuleId rule;
    core::ServiceId service;
    std::string order;
    core::DeliveryKey key;  ///< of a replay: known when it comes to the dispatcher
    WallTime accepted{};
    int process = 0;  ///< that accepted it
    bool replay = false;
    std::optional<std::string> as_sent;  ///< the URL
    bool letter_removed = false;
    Standing durable;
    Standing current;    ///< as the running process sees it
    bool dirty = false;  ///< an update is not committed yet
    bool in_memory = false;
    bool sending = false;
    bool tried_in_process = false;
    bool hurried = false;
    bool cancelled = false;
    bool arrived = false;
    SteadyTime not_before{};
    std::uint64_t mark = 0;           ///< the service's successes at the previous attempt
    std::uint64_t mark_at_start = 0;  ///< the same when the running attempt started
    std::optional<Expected> expected;
  };
  struct Line {
    std::shared_ptr<const core::Service> settings;  ///< null: deleted
    CircuitModel circuit;
    std::vector<std::pair<core::CircuitState, int>> changes;  ///< whose records must come
    int uncommitted = 0;                                      ///< records
    int in_flight = 0;
    std::optional<std::int64_t> ramp;  ///< allowed in flight; empty: never closed
    std::uint64_t successes = 0;
    SteadyTime paused_until{};  ///< at least
    SteadyTime paused_at_most{};
    SteadyTime last_event{};
    double rate = 0;
    double tokens = 0;
    SteadyTime refilled{};
  };
  struct Gateway {
    core::ServiceId service;
    std::shared_ptr<const core::Service> settings;
    SteadyTime deadline{};
    SteadyTime not_before{};
    int attempts = 0;
    int counted = 0;
    bool under_way = false;
    bool answered = false;
    bool must_answer = false;
    bool may_answer = true;  ///< with the last result, though time is left
    core::Reply last;
  };
  struct Call {
    core::ServiceId service;
    std::shared_ptr<const core::Service> settings;
    Pass pass;
    std::optional<std::size_t> delivery;
    delivery::GatewayId gateway = 0;
  };
  /// The delivery that first had this meaning, and until when it stands for it.
  struct Seen {
    WallTime until{};
    std::size_t delivery = 0;
  };
  using Identity = std::pair<std::string, core::RuleId>;
  using Chain = std::tuple<core::ServiceId, core::RuleId, std::string>;

  // judge_store.cpp
  /// A delivery that an event must make.
  struct Due {
    core::RuleId rule;
    core::ServiceId service;
    std::string order;
    std::string meaning;  ///< "" = not deduplicated
    std::chrono::milliseconds window{};
  };
  void accept(const store::EventEntry& entry);
  std::vector<Due> due_deliveries(const core::Event& event);
  bool is_repeat(const core::Event& event, const Due& due);
  void create(const core::Event& event, std::uint32_t ordinal, const Due& due);
  void end_durably(Known& known);
  void commit_update(const store::DeliveryUpdate& update);
  void check_totals();
  const core::Service* configured(core::ServiceId id) const;
  const core::Service* replay_target(const core::DeadLetter& letter, core::ReplayMode mode) const;
  bool has_rule(core::RuleId id) const;
  void check_letters();

  // judge_inputs.cpp
  Known* find(const core::Delivery& delivery);
  Known* find(core::DeliveryKey key);
  void on_delivery_reply(Known& known, const Call& call, const Meaning& meaning,
                         const core::Reply& reply, Now now);
  Expected after_failure(Known& known, const Call& call, const Meaning& meaning, Now now);
  void on_gateway_reply(Gateway& gateway, const Call& call, const Meaning& meaning,
                        const core::Reply& reply, Now now);
  void expect_record(Line& line);

  // judge_effects.cpp
  void on_record(const core::CircuitRecord& record, Now now);
  void on_update(const store::DeliveryUpdate& update, Now now);
  void on_expected_update(Known& known, const store::DeliveryUpdate& update, Now now);
  void on_own_decision(Known& known, const store::DeliveryUpdate& update, Now now);
  void on_send(const delivery::Send& send, Now now);
  void check_lane(Line& line, const core::Request& request, Now now);
  void take_token(Line& line, const core::Request& request, Now now);
  static void refill(Line& line, Now now);
  void send_delivery(Call& call, const core::Request& request, Now now);
  void check_order(const Known& known);
  void check_prompt(const Known& known, const Line& line, Now now);
  void send_call(Call& call, const core::Request& request, Now now);
  void on_answer(const delivery::Reached& reached, Now now);
  void check_nothing_missing();
  Known* sent(const core::Request& request);
  /// What is sent of people is what they were after their last known change.
  void check_person(const Known& known, const core::Request& request);
  bool is_enriched(const Known& known) const;
  std::string due_url(const Known& known, const core::Service& settings) const;

  std::string name(const Known& known) const;
  /// False: a deleted rule does not matter to it.
  static bool needs_rule(const Known& known) { return known.rule && !known.as_sent; }

  Trace& trace_;
  store::memory::MemoryStore& store_;
  nanoseconds patience_;  ///< by which a running hub may be late

  std::vector<core::Service> services_;
  std::vector<core::Rule> rules_;
  int process_ = 0;
  bool stopping_ = false;
  std::shared_ptr<const engine::Catalog> catalog_;

  std::vector<Known> known_;
  std::map<Identity, std::size_t> by_identity_;
  std::unordered_map<core::DeliveryKey, std::size_t> by_key_;
  std::map<Chain, std::vector<std::size_t>> chains_;
  std::map<std::string, std::string> id_of_;  ///< webhook-id by "event rule"
  std::set<std::string> accepted_;
  std::map<std::string, std::string> call_events_;  ///< ids of enqueued calls by their numbers
  std::map<std::pair<core::RuleId, std::string>, Seen> seen_;  ///< by rule and meaning
  std::map<core::ServiceId, Line> lines_;
  std::map<core::ServiceId, core::CircuitRecord> durable_circuits_;
  std::map<core::ServiceId, std::int64_t> backlog_;
  std::map<delivery::GatewayId, Gateway> gateways_;
  std::unordered_map<transport::CallId, Call> calls_;
  std::vector<std::size_t> awaited_;  ///< whose update must come with the next effects
  std::optional<Now> last_run_;
  SteadyTime last_record_{};
  SteadyTime last_catalog_{};
  std::map<std::int64_t, int> changes_;  ///< of people, that the hub was told of
  bool look_ups_refused_ = false;

  std::int64_t events_ = 0;
  std::int64_t duplicates_ = 0;
  std::int64_t deduplicated_ = 0;
  std::int64_t created_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t dead_ = 0;
};

}  // namespace mih::simulation
