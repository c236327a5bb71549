#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "app/queue_troubles.hpp"
#include "app/registry.hpp"
#include "app/site_directory.hpp"
#include "base/time.hpp"
#include "delivery/worker.hpp"
#include "engine/alerts.hpp"
#include "ingest/intake.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// Looks at the hub every few seconds, on a thread of its own, and tells of alerts: to raised(), to
/// the log, and as events. What it knows is kept in the store after its events are durable; so
/// after a crash a change may be told again, under the same event id, and is then a duplicate.
class AlertMonitor {
 public:
  struct Parts {
    Registry& registry;
    store::Writer& writer;
    store::Reader& reader;
    delivery::Worker& worker;
    ingest::Intake& intake;
    const SiteDirectory& sites;
    const Clock& clock;
    std::function<std::int64_t()> free_disk;  ///< bytes
    std::int64_t min_free_disk = 0;           ///< bytes
    const QueueTroubles& queues;
    std::function<void(const engine::AlertChange&)> changed;  ///< hears of each at once
  };

  /// `kept`: what the store has kept. Runs until stop(); all parts outlive that.
  AlertMonitor(Parts parts, std::vector<core::Alert> kept);
  ~AlertMonitor();
  AlertMonitor(const AlertMonitor&) = delete;
  AlertMonitor& operator=(const AlertMonitor&) = delete;

  /// Safe to call twice.
  void stop();

  std::vector<core::Alert> raised() const;

 private:
  using Lanes = std::unordered_map<core::ServiceId, delivery::LaneSnapshot>;

  void loop();
  /// Waits for the time between two looks; false when it is to stop.
  bool rest();
  void look();
  std::optional<Lanes> ask_lanes();
  std::optional<engine::AlertReadings> read(const Lanes& lanes);
  /// Keeps when the alerts began that are to be told: their events get the same ids after a crash.
  bool note();
  /// True if all is durable that is to be told.
  bool tell();
  bool keep(const std::vector<core::Alert>& alerts);
  /// Calls start(answer) and waits until answer(value) is called; empty when it is to stop.
  template <class T, class Start>
  std::optional<T> wait_for(Start start);

  Parts parts_;
  engine::Alerts alerts_;                    // of the thread alone
  std::vector<engine::AlertChange> untold_;  // likewise
  std::vector<core::Alert> kept_;            // likewise

  const WallTime started_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<core::Alert> raised_;  // under mutex_
  bool stopping_ = false;            // under mutex_
  std::thread thread_;               ///< last: everything else is there when it starts
};

}  // namespace mih::app
