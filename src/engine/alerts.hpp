#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/alert.hpp"
#include "core/ids.hpp"
#include "core/queue_trouble.hpp"

namespace mih::engine {

/// The name of the event that tells of alerts. Only a rule with exactly this name matches it.
inline constexpr std::string_view kAlertEvent = "\\local_integrationhub\\event\\hub_alert";

/// What is seen of one service, every few seconds.
struct ServiceReading {
  core::ServiceId service;
  std::string name;
  bool circuit_open = false;       ///< or halfopen
  bool backlog_known = true;       ///< false right after a start: `oldest` says nothing yet
  std::optional<WallTime> oldest;  ///< when the oldest open delivery was accepted
  std::int64_t dead_letters = 0;
  std::optional<WallTime> newest_dead_letter;
  std::optional<WallTime> newest_overflow;
  std::optional<WallTime> oldest_inbound;  ///< of the messages that wait for Moodle
  core::QueueTrouble response_queue;
};

/// What is seen of one connected site.
struct SiteReading {
  core::SiteId site;
  std::string name;
  WallTime last_seen{};
  std::int64_t outbox_rows = 0;  ///< as it said when it was last seen
};

struct AlertReadings {
  std::vector<ServiceReading> services;  ///< all that exist
  std::vector<SiteReading> sites;        ///< all that are connected
  WallTime listening_since{};            ///< before, no site could be heard
  std::int64_t free_disk = 0;            ///< bytes
  std::int64_t min_free_disk = 0;        ///< bytes; below, no events are accepted
};

/// An alert was raised, or is over.
struct AlertChange {
  enum class What : std::uint8_t { kRaised, kCleared };
  What what;
  core::Alert alert;
};

/// Which alerts there are, as a state machine: readings go in, changes come out.
///
///   (nothing) --trouble seen--> watched --lasts long enough--> raised --trouble over--> (nothing)
///
/// An alert is raised once and cleared once, however often its trouble is seen in between:
///   circuit_open    the circuit is not closed for longer than alert_open_s; until it is closed
///   dead_letters    a new one within 15 minutes; until none is new any more, or none is left
///   oldest_pending  an open delivery is older than 15 minutes; until all are younger than 10
///   overflow        a dead letter `overflow` within 15 minutes; until none is new any more
///   inbound_waiting a message of the service has waited for Moodle for 15 minutes; until none has
///                   waited for 10
///   response_queue  the response queue of the service is not consumed: at once if that does not
///                   pass by itself, else after alert_open_s; until it is consumed again
///   disk_low        less than twice min_free_disk is free; until there is two and a half times as
///                   much
///   site_silent     nothing was heard of a site for 15 minutes; until it is heard again
///   site_outbox     events have waited in a site's outbox for 15 minutes; until it is empty
class Alerts {
 public:
  /// `kept`: all() of the process before, so that a restart raises nothing again.
  explicit Alerts(std::vector<core::Alert> kept) : alerts_(std::move(kept)) {}

  std::vector<AlertChange> update(const AlertReadings& readings,
                                  std::chrono::milliseconds alert_open, WallTime now);

  /// Raised and watched ones.
  const std::vector<core::Alert>& all() const { return alerts_; }
  std::vector<core::Alert> raised() const;

 private:
  struct Trouble;
  core::Alert* find(const core::Alert& like);
  void settle(const Trouble& trouble, WallTime now, std::vector<AlertChange>& changes);
  void check_service(const ServiceReading& reading, std::chrono::milliseconds alert_open,
                     WallTime now, std::vector<AlertChange>& changes);
  void check_site(const SiteReading& reading, WallTime listening_since, WallTime now,
                  std::vector<AlertChange>& changes);
  void check_disk(const AlertReadings& readings, WallTime now, std::vector<AlertChange>& changes);
  void drop_removed(const AlertReadings& readings, std::vector<AlertChange>& changes);
  void clear(const core::Alert& alert, std::vector<AlertChange>& changes);

  std::vector<core::Alert> alerts_;
};

/// The event that tells of a change, as Moodle would describe it. Its id is the same whenever the
/// same change is told, so that a repeat after a crash is recognised.
std::string alert_event(const AlertChange& change, WallTime now);

}  // namespace mih::engine
