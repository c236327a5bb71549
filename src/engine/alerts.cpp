#include "engine/alerts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/json.hpp"

namespace mih::engine {
namespace {

using core::Alert;
using core::AlertKind;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr minutes kNew{15};  ///< so long a dead letter is a new one
constexpr minutes kTooOld{15};
constexpr minutes kYoungAgain{10};

bool is_new(std::optional<WallTime> time, WallTime now) {
  return time && now - *time < kNew;
}

}  // namespace

/// What one reading says about one alert.
struct Alerts::Trouble {
  AlertKind kind;
  core::ServiceId service;
  std::string service_name;
  bool begins;               ///< it is there
  bool stays;                ///< not yet over, if it was there
  WallTime since;            ///< if it begins now
  milliseconds patience{0};  ///< how long it has to last before it is raised
  std::string message;
};

std::vector<Alert> Alerts::raised() const {
  std::vector<Alert> found;
  std::ranges::copy_if(alerts_, std::back_inserter(found), &Alert::raised);
  return found;
}

Alert* Alerts::find(AlertKind kind, core::ServiceId service) {
  const auto found = std::ranges::find_if(
      alerts_, [&](const Alert& a) { return a.kind == kind && a.service == service; });
  return found == alerts_.end() ? nullptr : &*found;
}

std::vector<AlertChange> Alerts::update(const AlertReadings& readings, milliseconds alert_open,
                                        WallTime now) {
  std::vector<AlertChange> changes;
  drop_removed_services(readings, changes);
  for (const auto& service : readings.services)
    check_service(service, alert_open, now, changes);
  check_disk(readings, now, changes);
  return changes;
}

void Alerts::check_service(const ServiceReading& reading, milliseconds alert_open, WallTime now,
                           std::vector<AlertChange>& changes) {
  const auto check = [&](AlertKind kind, bool begins, bool stays, WallTime since,
                         milliseconds patience, std::string message) {
    settle(
        {kind, reading.service, reading.name, begins, stays, since, patience, std::move(message)},
        now, changes);
  };
  const auto& name = reading.name;
  check(AlertKind::kCircuitOpen, reading.circuit_open, reading.circuit_open, now, alert_open,
        fmt::format("The circuit of service {} has been open for more than {} s: its deliveries "
                    "wait. Look at the service, and at what it answered last.",
                    name, std::chrono::duration_cast<std::chrono::seconds>(alert_open).count()));
  const bool letters = reading.dead_letters > 0 && is_new(reading.newest_dead_letter, now);
  check(AlertKind::kDeadLetters, letters, letters, reading.newest_dead_letter.value_or(now), {},
        fmt::format("Service {} has new dead letters. Look at their reasons, then replay or delete "
                    "them.",
                    name));
  const auto age = reading.oldest ? now - *reading.oldest : milliseconds{0};
  check(AlertKind::kOldestPending, age > kTooOld, age >= kYoungAgain || !reading.backlog_known, now,
        {},
        fmt::format("The oldest delivery to service {} has waited for more than {} minutes.", name,
                    kTooOld.count()));
  const bool overflow = is_new(reading.newest_overflow, now);
  check(AlertKind::kOverflow, overflow, overflow, reading.newest_overflow.value_or(now), {},
        fmt::format("The backlog of service {} was full: deliveries became dead letters. Look at "
                    "the service, or raise its max_backlog.",
                    name));
}

void Alerts::check_disk(const AlertReadings& readings, WallTime now,
                        std::vector<AlertChange>& changes) {
  constexpr std::int64_t kMiB = 1 << 20;
  settle({AlertKind::kDiskLow,
          {},
          {},
          readings.free_disk / 2 < readings.min_free_disk,
          readings.free_disk / 5 * 2 < readings.min_free_disk,
          now,
          milliseconds{0},
          fmt::format("{} MiB are free on the disk of the data directory; below {} MiB no events "
                      "are accepted. Free some space.",
                      readings.free_disk / kMiB, readings.min_free_disk / kMiB)},
         now, changes);
}

void Alerts::settle(const Trouble& trouble, WallTime now, std::vector<AlertChange>& changes) {
  Alert* alert = find(trouble.kind, trouble.service);
  if (alert) alert->service_name = trouble.service_name;
  if (alert && !trouble.begins && !trouble.stays) {
    clear(Alert{*alert}, changes);
    return;
  }
  if (!alert) {
    if (!trouble.begins) return;
    alert = &alerts_.emplace_back(Alert{.kind = trouble.kind,
                                        .service = trouble.service,
                                        .service_name = trouble.service_name,
                                        .since = trouble.since,
                                        .raised = false,
                                        .message = {}});
  }
  alert->since = std::min(alert->since, now);  // the clock may have been set back
  if (alert->raised || now - alert->since < trouble.patience) return;
  alert->raised = true;
  alert->message = trouble.message;
  changes.push_back({AlertChange::What::kRaised, *alert});
}

void Alerts::clear(const Alert& alert, std::vector<AlertChange>& changes) {
  std::erase_if(alerts_, [&](const Alert& known) {
    return known.kind == alert.kind && known.service == alert.service;
  });
  if (alert.raised) changes.push_back({AlertChange::What::kCleared, alert});
}

void Alerts::drop_removed_services(const AlertReadings& readings,
                                   std::vector<AlertChange>& changes) {
  std::vector<Alert> dropped;
  std::ranges::copy_if(alerts_, std::back_inserter(dropped), [&](const Alert& alert) {
    return alert.service && std::ranges::find(readings.services, alert.service,
                                              &ServiceReading::service) == readings.services.end();
  });
  for (const auto& alert : dropped)
    clear(alert, changes);
}

std::string alert_event(const AlertChange& change, WallTime now) {
  const auto& alert = change.alert;
  const std::string_view state = change.what == AlertChange::What::kRaised ? "raised" : "cleared";
  json::Writer out;
  out.begin_object();
  out.member("id", fmt::format("alert-{}-{}-{}-{}", core::name_of(alert.kind), alert.service.value,
                               to_unix_ms(alert.since), state));
  out.member("eventname", kAlertEvent);
  out.member("component", "local_integrationhub");
  out.member("action", state);
  out.member("target", "hub_alert");
  out.member("crud", "r");
  out.member("edulevel", std::int64_t{0});
  out.member("contextlevel", std::int64_t{10});
  out.member("userid", std::int64_t{0});
  out.member("courseid", std::int64_t{0});
  out.member("anonymous", std::int64_t{0});
  out.member("timecreated", to_unix_s(now));
  out.key("other");
  out.begin_object();
  out.member("kind", core::name_of(alert.kind));
  out.member("state", state);
  out.key("service");
  if (alert.service) {
    out.value(alert.service_name);
  } else {
    out.null();
  }
  out.member("since", to_unix_s(alert.since));
  out.member("message", alert.message);
  out.end_object();
  out.end_object();
  return out.take();
}

}  // namespace mih::engine
