#pragma once

#include <fmt/format.h>
#include <string>
#include <vector>

#include "store/store.hpp"
#include "support/stores.hpp"

/// What a store shows, as text, so that two stores can be compared.
namespace mih::test {

inline std::string describe(const core::Progress& progress) {
  std::string text = fmt::format("{}/{} counted {} due {}", core::name_of(progress.state),
                                 core::name_of(progress.parked_because), progress.counted_attempts,
                                 to_unix_ms(progress.due));
  for (const auto& attempt : progress.attempts) {
    text += fmt::format(" [{} {} {} {} {} {}]", attempt.n, to_unix_ms(attempt.time),
                        attempt.latency.count(), attempt.http_status.value_or(-1), attempt.error,
                        attempt.probe);
  }
  return text;
}

inline std::string describe(const core::Event& event) {
  return fmt::format("event {} {} {} {} {} {}\n", event.seq.value, event.site, event.id, event.name,
                     to_unix_ms(event.accepted), event.body);
}

inline std::string describe(const std::vector<core::Delivery>& deliveries) {
  std::string text;
  for (const auto& item : deliveries) {
    text += fmt::format("{}.{} rule {} service {} key '{}' replay {} {} {}", item.key.event.value,
                        item.key.ordinal, item.rule.value, item.service.value, item.ordering_key,
                        item.replay_of.value, describe(item.progress), describe(*item.event));
  }
  return text;
}

inline std::string describe(const std::vector<store::DeliveryRow>& rows) {
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("{} {} {}.{} {} {} rule {} service {} {} {}\n", row.row, row.id,
                        row.key.event.value, row.key.ordinal, row.event_id, row.eventname,
                        row.rule.value, row.service.value, describe(row.progress),
                        to_unix_ms(row.created));
  }
  return text;
}

inline std::string describe(const core::DeadLetter& letter) {
  core::Progress attempts;
  attempts.attempts = letter.attempts;
  std::string text = fmt::format(
      "{} {}.{} {} {} rule {} {} service {} {} {} {} {} {} {} {} {} {} {} {}", letter.id.value,
      letter.key.event.value, letter.key.ordinal, letter.delivery_id, core::name_of(letter.reason),
      letter.rule.value, letter.rule_name, letter.service.value, letter.service_name, letter.method,
      letter.url, letter.payload, letter.error_message, letter.http_status.value_or(-1),
      letter.response, describe(attempts), letter.ordering_key, to_unix_ms(letter.created),
      letter.replaying);
  for (const auto& [name, value] : letter.headers)
    text += fmt::format(" {}={}", name, value);
  return text + " " + describe(*letter.event);
}

inline std::string describe(const core::Totals& totals) {
  return fmt::format("accepted {} duplicates {} unmatched {} created {} delivered {} dead {}\n",
                     totals.events_accepted, totals.duplicates, totals.unmatched, totals.created,
                     totals.delivered, totals.dead);
}

/// Without row ids: rows that would go at once never get one.
inline std::string describe(const std::vector<store::LogRow>& log) {
  std::string text;
  for (const auto& row : log) {
    const auto& call = row.call;
    text += fmt::format("log {} {} {} {} {} {} {} {} {}\n", call.service.value,
                        store::name_of(call.kind), call.inbound, call.endpoint,
                        call.http_status.value_or(-1), call.latency.count(), call.success,
                        call.error_message, to_unix_ms(call.time));
  }
  return text;
}

/// Counters: cheap enough for every step.
inline std::string describe_counters(store::Reader& reader, WallTime now) {
  std::string text = describe(value_of(reader.totals()));
  text += fmt::format("letters {}\n", value_of(reader.dead_letter_count()));
  const auto oldest = value_of(reader.oldest_open());
  text += fmt::format("oldest {}\n", oldest ? to_unix_ms(*oldest) : -1);
  for (const auto& [service, item] : value_of(reader.statistics(now))) {
    if (item.backlog == 0 && !item.last_used_s) continue;
    text += fmt::format("service {} backlog {} latency {} errors {} used {}\n", service.value,
                        item.backlog, item.avg_latency_ms.value_or(-1), item.errors_24h,
                        item.last_used_s.value_or(-1));
  }
  return text;
}

/// The statistics of the last 40 hours, and the figures of the dead letters.
inline std::string describe_statistics(store::Reader& reader, WallTime now) {
  std::string text;
  for (std::int64_t service = 0; service < 5; ++service) {
    store::SeriesRange range{.service = {service}, .from_s = 0, .step_s = 7200, .steps = 20};
    range.from_s = to_unix_s(now) / 7200 * 7200 - 19 * 7200;
    for (const auto& point : value_of(reader.series(range))) {
      if (!point) {
        text += " -";
        continue;
      }
      text += fmt::format(
          " {}/{}/{}/{}/{}/{}/{}/{}", point->accepted, point->delivered, point->dead, point->calls,
          point->failed, point->retried,
          point->latency.percentile(0.5).value_or(std::chrono::milliseconds{-1}).count(),
          point->backlog.value_or(-1));
    }
    text += '\n';
  }
  const auto ms = [](std::optional<WallTime> time) { return time ? to_unix_ms(*time) : -1; };
  for (const auto& [name, item] : value_of(reader.dead_letter_figures())) {
    text += fmt::format("{}: {} letters {} bytes {} {}\n", name, item.letters, item.bytes,
                        ms(item.newest), ms(item.newest_overflow));
  }
  for (const auto& [rule, time] : value_of(reader.flagged_rules()))
    text += fmt::format("rule {} flagged {}\n", rule.value, to_unix_ms(time));
  for (const auto& [rule, hits] : value_of(reader.rule_hits()))
    text += fmt::format("rule {} hit {} {}\n", rule.value, hits.count, to_unix_ms(hits.last));
  return text;
}

/// Everything that can be read, page by page.
inline std::string describe_all(store::Reader& reader, WallTime now) {
  std::string text = describe_counters(reader, now) + describe_statistics(reader, now);
  for (const auto& event : value_of(reader.events({}, {.limit = 1'000, .before = 0}))) {
    text += describe(event);
    text += describe(value_of(reader.deliveries_of(event.seq)));
  }
  store::Page page{.limit = 7, .before = 0};
  for (auto rows = value_of(reader.deliveries({}, page)); !rows.empty();
       rows = value_of(reader.deliveries({}, page))) {
    text += describe(rows);
    page.before = rows.back().row;
  }
  using enum core::DeliveryState;
  for (const auto state : {kPending, kRetrying, kParked, kDelivered, kDead}) {
    store::DeliveryFilter filter;
    filter.state = state;
    filter.service = "service-1";
    text += describe(value_of(reader.deliveries(filter, {.limit = 20, .before = 0})));
  }
  for (const auto& letter : value_of(reader.dead_letters({}, {.limit = 1'000, .before = 0}))) {
    text += describe(letter);
    text += describe(*value_of(reader.dead_letter(letter.id)));
    const auto row = value_of(reader.delivery(letter.delivery_id));
    if (row) text += describe(std::vector{*row});
  }
  return text + describe(value_of(reader.log({}, {.limit = 1'000, .before = 0})));
}

}  // namespace mih::test
