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
constexpr minutes kTooLong{15};  ///< a site is silent, or has events in its outbox

bool is_new(std::optional<WallTime> time, WallTime now) {
  return time && now - *time < kNew;
}

Alert about_hub(AlertKind kind) {
  Alert alert;
  alert.kind = kind;
  return alert;
}

Alert about_service(AlertKind kind, const ServiceReading& reading) {
  auto alert = about_hub(kind);
  alert.service = reading.service;
  alert.service_name = reading.name;
  return alert;
}

Alert about_site(AlertKind kind, const SiteReading& reading) {
  auto alert = about_hub(kind);
  alert.site = reading.site;
  alert.site_name = reading.name;
  return alert;
}

}  // namespace

/// What one reading says about one alert.
struct Alerts::Trouble {
  Alert subject;             ///< its kind, and the service or site that it is about
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

Alert* Alerts::find(const Alert& like) {
  const auto found = std::ranges::find_if(
      alerts_, [&](const Alert& known) { return known.is_about_the_same_as(like); });
  return found == alerts_.end() ? nullptr : &*found;
}

std::vector<AlertChange> Alerts::update(const AlertReadings& readings, milliseconds alert_open,
                                        WallTime now) {
  std::vector<AlertChange> changes;
  drop_removed(readings, changes);
  for (const auto& service : readings.services)
    check_service(service, alert_open, now, changes);
  for (const auto& site : readings.sites)
    check_site(site, readings.listening_since, now, changes);
  check_disk(readings, now, changes);
  return changes;
}

void Alerts::check_service(const ServiceReading& reading, milliseconds alert_open, WallTime now,
                           std::vector<AlertChange>& changes) {
  const auto check = [&](AlertKind kind, bool begins, bool stays, WallTime since,
                         milliseconds patience, std::string message) {
    settle({about_service(kind, reading), begins, stays, since, patience, std::move(message)}, now,
           changes);
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
  const auto inbound = reading.oldest_inbound ? now - *reading.oldest_inbound : milliseconds{0};
  check(AlertKind::kInboundWaiting, inbound > kTooOld, inbound >= kYoungAgain, now, {},
        fmt::format("Messages of service {} have waited for Moodle for more than {} minutes. Is "
                    "the site of its inbound_site connected, and does it answer?",
                    name, kTooOld.count()));
  const auto& queue = reading.response_queue;
  check(AlertKind::kResponseQueue, !queue.what.empty(), !queue.what.empty(), now,
        queue.lasting ? milliseconds{0} : alert_open,
        fmt::format("No messages of service {} are taken from its response_queue: {}", name,
                    queue.what));
  const bool overflow = is_new(reading.newest_overflow, now);
  check(AlertKind::kOverflow, overflow, overflow, reading.newest_overflow.value_or(now), {},
        fmt::format("The backlog of service {} was full: deliveries became dead letters. Look at "
                    "the service, or raise its max_backlog.",
                    name));
}

void Alerts::check_site(const SiteReading& reading, WallTime listening_since, WallTime now,
                        std::vector<AlertChange>& changes) {
  const bool silent = now - reading.last_seen > kTooLong;
  settle(
      {about_site(AlertKind::kSiteSilent, reading), silent && now - listening_since > kTooLong,
       silent, reading.last_seen, milliseconds{0},
       fmt::format("Nothing was heard of site {} for more than {} minutes. Does its cron run, and "
                   "does it reach the hub? mih moodle check tells.",
                   reading.name, kTooLong.count())},
      now, changes);
  const bool waiting = reading.outbox_rows > 0;
  settle({about_site(AlertKind::kSiteOutbox, reading), waiting, waiting, now, kTooLong,
          fmt::format("Events have waited in the outbox of site {} for more than {} minutes, {} at "
                      "the moment. Does its cron run? mih moodle check tells why they wait.",
                      reading.name, kTooLong.count(), reading.outbox_rows)},
         now, changes);
}

void Alerts::check_disk(const AlertReadings& readings, WallTime now,
                        std::vector<AlertChange>& changes) {
  constexpr std::int64_t kMiB = 1 << 20;
  settle({about_hub(AlertKind::kDiskLow), readings.free_disk / 2 < readings.min_free_disk,
          readings.free_disk / 5 * 2 < readings.min_free_disk, now, milliseconds{0},
          fmt::format("{} MiB are free on the disk of the data directory; below {} MiB no events "
                      "are accepted. Free some space.",
                      readings.free_disk / kMiB, readings.min_free_disk / kMiB)},
         now, changes);
}

void Alerts::settle(const Trouble& trouble, WallTime now, std::vector<AlertChange>& changes) {
  Alert* alert = find(trouble.subject);
  if (alert) alert->service_name = trouble.subject.service_name;
  if (alert && !trouble.begins && !trouble.stays) {
    clear(Alert{*alert}, changes);
    return;
  }
  if (!alert) {
    if (!trouble.begins) return;
    alert = &alerts_.emplace_back(trouble.subject);
    alert->since = trouble.since;
  }
  alert->since = std::min(alert->since, now);  // the clock may have been set back
  if (alert->raised || now - alert->since < trouble.patience) return;
  alert->raised = true;
  alert->message = trouble.message;
  changes.push_back({AlertChange::What::kRaised, *alert});
}

void Alerts::clear(const Alert& alert, std::vector<AlertChange>& changes) {
  std::erase_if(alerts_, [&](const Alert& known) { return known.is_about_the_same_as(alert); });
  if (alert.raised) changes.push_back({AlertChange::What::kCleared, alert});
}

void Alerts::drop_removed(const AlertReadings& readings, std::vector<AlertChange>& changes) {
  const auto is_there = [](const auto& all, auto id, auto projection) {
    return !id || std::ranges::find(all, id, projection) != all.end();
  };
  std::vector<Alert> dropped;
  std::ranges::copy_if(alerts_, std::back_inserter(dropped), [&](const Alert& alert) {
    return !is_there(readings.services, alert.service, &ServiceReading::service) ||
           !is_there(readings.sites, alert.site, &SiteReading::site);
  });
  for (const auto& alert : dropped)
    clear(alert, changes);
}

std::string alert_event(const AlertChange& change, WallTime now) {
  const auto& alert = change.alert;
  const std::string_view state = change.what == AlertChange::What::kRaised ? "raised" : "cleared";
  json::Writer out;
  out.begin_object();
  const auto subject = alert.service ? alert.service.value : alert.site.value;
  out.member("id", fmt::format("alert-{}-{}-{}-{}", core::name_of(alert.kind), subject,
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
  out.member("service", alert.service ? std::optional(alert.service_name) : std::nullopt);
  out.member("site", alert.site ? std::optional(alert.site_name) : std::nullopt);
  out.member("since", to_unix_s(alert.since));
  out.member("message", alert.message);
  out.end_object();
  out.end_object();
  return out.take();
}

}  // namespace mih::engine
