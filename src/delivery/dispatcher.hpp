#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/circuit.hpp"
#include "delivery/effects.hpp"
#include "delivery/enricher.hpp"
#include "delivery/lane.hpp"
#include "engine/catalog.hpp"

namespace mih::delivery {

/// A service's lane as it is at this moment.
struct LaneSnapshot {
  core::CircuitState circuit = core::CircuitState::kClosed;
  int failure_count = 0;
  std::optional<std::chrono::milliseconds> retry_in;
  std::int64_t in_flight = 0;
  std::vector<core::DeliveryKey> sending;
  std::vector<core::DeliveryKey> enriching;
  bool loaded = false;  ///< `oldest` is known
  std::optional<WallTime> oldest;
  Tally tally;
  core::LaneHistory history;
};

/// All lanes, as one state machine: things that happened go in, effects come out. It does no I/O
/// and reads no clock, so a whole run can be replayed from a seed. One owner thread.
class Dispatcher {
 public:
  struct Options {
    std::size_t max_in_memory = 50'000;   ///< deliveries, over all lanes
    std::size_t max_unrecorded = 20'000;  ///< results that wait for their commit
    std::function<double()> chance;       ///< random numbers from 0 to below 1
    /// How circuits came to their state, from before the start.
    std::map<core::ServiceId, core::LaneHistory::Changes> circuit_changes = {};
  };

  Dispatcher(Options options, std::shared_ptr<const engine::Catalog> catalog,
             const std::vector<core::CircuitRecord>& circuits,
             const std::vector<core::ServiceId>& with_backlog, Now now);

  void set_catalog(std::shared_ptr<const engine::Catalog> catalog, Now now);
  void add(std::vector<core::Delivery> deliveries, Now now);
  void on_loaded(core::ServiceId service, store::Window window, Now now);
  void on_swept(const Sweep& sweep, std::vector<core::Delivery> deliveries, Now now);
  void on_reply(transport::CallId call, core::Reply reply, Now now);
  void on_recorded(std::uint64_t ticket, Now now);
  /// The answer to one of Effects::queries.
  void on_looked_up(const SiteQuery& query,
                    const std::expected<core::LookedUp, core::SiteFailure>& answer, Now now);
  void set_sites(engine::SiteAddresses sites) { sites_ = std::move(sites); }
  /// An event says that it has changed.
  void on_changed(const std::string& site, const engine::SiteObject& object) {
    enricher_.forget(site, object);
  }
  /// A synchronous gateway call to a service that exists and is enabled.
  void call(GatewayCall call, Now now);

  /// All circuits with an empty list.
  void reset_circuits(const std::vector<core::ServiceId>& services, Now now);
  /// `pending` is the delivery as the store has it waiting, if it has: the lane may not have loaded
  /// it. False: it is not waiting.
  bool retry_now(core::ServiceId service, core::DeliveryKey key,
                 std::optional<core::Delivery> pending, Now now);
  bool cancel(core::ServiceId service, core::DeliveryKey key, std::optional<core::Delivery> pending,
              Now now);
  /// From now on no attempt starts.
  void stop_starting();

  /// Starts what can start and returns everything that is to be done since the last call.
  Effects run(Now now);
  /// When run() has something to do although nothing happened.
  std::optional<SteadyTime> next_wakeup() const;

  std::size_t in_flight() const { return calls_.size(); }
  std::size_t unrecorded() const { return unrecorded_; }
  std::unordered_map<core::ServiceId, LaneSnapshot> snapshot(Now now) const;

 private:
  struct Call {
    core::ServiceId service;
    std::variant<core::DeliveryKey, GatewayId> who;
  };
  struct Ticket {
    std::size_t records = 0;
    std::map<core::ServiceId, Recorded> lanes;
  };

  Lane& lane(core::ServiceId service, Now now);
  Context context(Now now);
  void wake(core::ServiceId service) { awake_.insert(service); }
  void run_lane(Lane& lane, const Context& context);
  void watch_clock(Now now);
  /// Ends what is queued of the rules that `before` had.
  void end_deleted_rules(const engine::Catalog* before, Now now);
  void close_ticket();

  Options options_;
  std::shared_ptr<const engine::Catalog> catalog_;
  std::unordered_map<core::ServiceId, core::CircuitRecord> restored_;
  std::unordered_map<core::ServiceId, std::unique_ptr<Lane>> lanes_;
  std::unordered_map<transport::CallId, Call> calls_;
  transport::CallId last_call_ = 0;
  std::unordered_map<std::uint64_t, Ticket> tickets_;
  std::uint64_t last_ticket_ = 0;
  std::size_t unrecorded_ = 0;
  std::set<core::ServiceId> awake_;
  std::set<core::ServiceId> blocked_;         ///< wait until fewer results are unrecorded
  std::unordered_set<core::ServiceId> busy_;  ///< with deliveries in memory
  std::set<std::pair<SteadyTime, core::ServiceId>> timers_;
  std::unordered_map<core::ServiceId, SteadyTime> timer_of_;
  std::optional<Now> last_reading_;
  Enricher enricher_;
  engine::SiteAddresses sites_;
  bool starting_ = true;  ///< in the constructor
  bool stopping_ = false;
  Effects effects_;
  json::Document scratch_;
};

}  // namespace mih::delivery
