#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/doctor_checks.hpp"
#include "store/sqlite/examine.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace mih::cli {
namespace {

constexpr const char* kStore = "store";
constexpr const char* kClock = "clock";
constexpr const char* kServices = "services";
constexpr const char* kCircuits = "circuits";
constexpr const char* kQueue = "queue";
constexpr const char* kDeadLetters = "dead letters";
constexpr const char* kInbound = "inbound";
constexpr const char* kSites = "sites";
constexpr std::chrono::minutes kTooLong{15};  // as for alerts (engine/alerts.hpp)
constexpr std::chrono::seconds kClockError{60};

std::int64_t minutes_between(WallTime from, WallTime until) {
  return std::chrono::floor<std::chrono::minutes>(until - from).count();
}

/// A clock that was ahead leaves times that are still to come; retention, ages and circuits go by
/// them.
Result<void> check_clock(store::Reader& reader, WallTime now, Findings& findings) {
  auto newest = reader.events({}, {.limit = 1});
  if (!newest) return fail(newest);
  if (!newest->empty() && newest->front().accepted > now + kClockError) {
    findings.problem(kClock,
                     fmt::format("the newest event was accepted {} minutes from now",
                                 minutes_between(now, newest->front().accepted)),
                     "the clock is wrong, or was when the event came: set it by NTP");
  } else {
    findings.ok(kClock, "no event is of the future");
  }
  return {};
}

Result<std::int64_t> check_services(store::Reader& reader, Findings& findings) {
  auto services = reader.services();
  if (!services) return fail(services);
  auto circuits = reader.circuits();
  if (!circuits) return fail(circuits);
  std::vector<std::string> waiting;
  std::vector<std::string> open;
  std::int64_t calls = 0;
  for (const auto& service : *services) {
    if (!service.enabled || service.paused) waiting.push_back(service.name);
    if (service.enabled) calls += service.max_concurrency;
    const auto circuit = std::ranges::find(*circuits, service.id, &core::CircuitRecord::service);
    if (circuit != circuits->end() && circuit->state != core::CircuitState::kClosed) {
      open.push_back(service.name);
    }
  }
  if (waiting.empty()) {
    findings.ok(kServices, fmt::format("{}", services->size()));
  } else {
    findings.warn(
        kServices,
        fmt::format("{}; disabled or paused: {}", services->size(), fmt::join(waiting, ", ")),
        "their deliveries wait: mih service resume, or enable them");
  }
  if (open.empty()) {
    findings.ok(kCircuits, "all closed");
  } else {
    findings.warn(
        kCircuits, fmt::format("open: {}", fmt::join(open, ", ")),
        "these services fail: mih log list --service NAME says how; their deliveries wait");
  }
  return calls;
}

Result<void> check_queue(store::Reader& reader, WallTime now, Findings& findings) {
  auto statistics = reader.statistics(now);
  if (!statistics) return fail(statistics);
  auto oldest = reader.oldest_open();
  if (!oldest) return fail(oldest);
  std::int64_t waiting = 0;
  for (const auto& [service, figures] : *statistics)
    waiting += figures.backlog;
  if (!*oldest) {
    findings.ok(kQueue, "no delivery waits");
    return {};
  }
  const auto says = fmt::format("{} deliveries wait, the oldest for {} minutes", waiting,
                                std::max<std::int64_t>(0, minutes_between(**oldest, now)));
  if (now - **oldest > kTooLong) {
    findings.warn(kQueue, says, "mih delivery list shows what they wait for");
  } else {
    findings.ok(kQueue, says);
  }
  return {};
}

Result<void> check_dead_letters(store::Reader& reader, Findings& findings) {
  auto figures = reader.dead_letter_figures();
  if (!figures) return fail(figures);
  std::vector<std::string> parts;
  for (const auto& [service, own] : *figures) {
    if (own.letters > 0) {
      parts.push_back(
          fmt::format("{} of {}", own.letters, service.empty() ? "no service" : service));
    }
  }
  if (parts.empty()) {
    findings.ok(kDeadLetters, "none");
  } else {
    findings.warn(kDeadLetters, fmt::format("{}", fmt::join(parts, ", ")),
                  "mih dlq list says why; then mih dlq replay, or mih dlq delete");
  }
  return {};
}

Result<void> check_inbound(store::Reader& reader, WallTime now, Findings& findings) {
  auto figures = reader.inbound_figures();
  if (!figures) return fail(figures);
  std::int64_t waiting = 0;
  auto oldest = now;
  for (const auto& [service, own] : *figures) {
    waiting += own.waiting;
    if (own.waiting > 0) oldest = std::min(oldest, own.oldest);
  }
  const auto says = fmt::format("{} messages wait for Moodle, the oldest for {} minutes", waiting,
                                minutes_between(oldest, now));
  if (waiting == 0) {
    findings.ok(kInbound, "no message waits for Moodle");
  } else if (now - oldest > kTooLong) {
    findings.warn(kInbound, says, "see in Moodle whether the plugin works: mih moodle check");
  } else {
    findings.ok(kInbound, says);
  }
  return {};
}

/// What is amiss with a site; "" when nothing is.
std::string trouble_of(const core::Site& site, const core::Subscriptions& list, WallTime now) {
  if (!site.is_connected()) return site.name + " is not connected";
  if (now - site.last_seen > kTooLong) {
    return fmt::format("{} was not heard for {} minutes", site.name,
                       minutes_between(site.last_seen, now));
  }
  if (site.outbox_rows > 0) {
    return fmt::format("{} has {} events in its outbox", site.name, site.outbox_rows);
  }
  if (site.list_version < list.version) {
    return fmt::format("{} does not know the newest list of events yet", site.name);
  }
  return {};
}

Result<void> check_sites(store::Reader& reader, WallTime now, Findings& findings) {
  auto sites = reader.sites();
  if (!sites) return fail(sites);
  auto list = reader.subscriptions();
  if (!list) return fail(list);
  std::vector<std::string> troubles;
  for (const auto& site : *sites) {
    if (auto trouble = trouble_of(site, *list, now); !trouble.empty()) {
      troubles.push_back(std::move(trouble));
    }
  }
  if (troubles.empty()) {
    findings.ok(kSites, sites->empty() ? "no Moodle is connected"
                                       : fmt::format("{}, all up to date", sites->size()));
  } else {
    findings.warn(kSites, fmt::format("{}", fmt::join(troubles, "; ")),
                  "see in Moodle whether its cron runs and it reaches the hub: mih moodle check");
  }
  return {};
}

}  // namespace

StoreSight check_store(const config::Config& config, ProgressLine& line, Findings& findings) {
  line.show("checking the store", 0, 0);
  store::sqlite::Options options;
  options.dir = config.data;
  const auto seen = store::sqlite::examine(options);
  if (!seen) {
    const auto code = seen.error().code;
    const bool is_unusable = code == ErrorCode::kStoreDamaged || code == ErrorCode::kStoreTooNew;
    findings.problem(kStore, seen.error().detail,
                     code == ErrorCode::kStoreDamaged  ? "stop the hub; mih restore FILE --force"
                     : code == ErrorCode::kStoreTooNew ? "install the version that wrote it"
                                                       : "see mih serve --help, and the data "
                                                         "directory above");
    return {.unusable = is_unusable ? std::optional(code) : std::nullopt,
            .key_id = {},
            .is_current = false};
  }
  constexpr double kMiB = 1024.0 * 1024.0;
  const bool is_current = seen->version == seen->known_version;
  findings.ok(kStore,
              fmt::format("version {}, {:.1f} MiB, whole{}", seen->version,
                          static_cast<double>(seen->bytes) / kMiB,
                          is_current ? "" : "; the next start of the hub brings it up to date"));
  return {.unusable = std::nullopt, .key_id = seen->key_id, .is_current = is_current};
}

std::int64_t check_content(const config::Config& config, WallTime now, Findings& findings) {
  store::sqlite::Options options;
  options.dir = config.data;
  options.key_file = config.key_file;
  options.read_only = true;
  auto opened = store::sqlite::open(options);
  if (!opened) return 0;  // said by check_store() or check_key()
  store::Reader& reader = *opened->reader;
  std::int64_t calls = 0;
  const auto looked = [&]() -> Result<void> {
    if (auto done = check_clock(reader, now, findings); !done) return done;
    auto services = check_services(reader, findings);
    if (!services) return fail(services);
    calls = *services;
    if (auto done = check_queue(reader, now, findings); !done) return done;
    if (auto done = check_dead_letters(reader, findings); !done) return done;
    if (auto done = check_inbound(reader, now, findings); !done) return done;
    return check_sites(reader, now, findings);
  }();
  if (!looked) {
    findings.problem(kStore, looked.error().detail, "check the disk; see the hub's log");
  }
  return calls;
}

}  // namespace mih::cli
