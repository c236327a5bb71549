#include "store/sqlite/delivery_lookup.hpp"

#include <algorithm>

#include "store/sqlite/codec.hpp"
#include "store/sqlite/conditions.hpp"
#include "store/sqlite/queue.hpp"
#include "store/sqlite/rows.hpp"

namespace mih::store::sqlite {
namespace {

constexpr int kOrdinalBits = 20;

std::int64_t row_number(core::DeliveryKey key) {
  return (key.event.value << kOrdinalBits) + key.ordinal;
}

core::DeliveryKey key_of(std::int64_t row) {
  constexpr std::int64_t kMask = (std::int64_t{1} << kOrdinalBits) - 1;
  return {core::EventSeq{row >> kOrdinalBits}, static_cast<std::uint32_t>(row & kMask)};
}

#define MIH_EVENT_COLUMNS "seq, site, id, eventname, accepted_ms, fan_out"
#define MIH_OUTCOME_COLUMNS \
  "state, attempt_count, counted, http_status, latency_ms, finished_ms, error, attempts"
#define MIH_WAITING_COLUMNS "state, parked_because, counted, due_ms, attempts"

}  // namespace

DeliveryLookup::DeliveryLookup(Connection& connection)
    : connection_(connection),
      event_(connection,
             "SELECT " MIH_EVENT_COLUMNS " FROM local_integrationhub_event WHERE seq = ?"),
      events_below_(connection,
                    "SELECT " MIH_EVENT_COLUMNS
                    " FROM local_integrationhub_event WHERE seq BETWEEN ? AND ? ORDER BY seq DESC"),
      replays_(connection,
               "SELECT " MIH_EVENT_COLUMNS
               " FROM local_integrationhub_event WHERE origin_seq = ? ORDER BY seq DESC"),
      outcome_(connection,
               "SELECT " MIH_OUTCOME_COLUMNS
               " FROM local_integrationhub_delivery WHERE event_seq = ? AND ordinal = ?"),
      pending_(connection, "SELECT " MIH_WAITING_COLUMNS
                           " FROM local_integrationhub_pending"
                           " WHERE service_id = ? AND event_seq = ? AND ordinal = ?") {}

DeliveryLookup::EventFacts DeliveryLookup::read_event(const Rows& rows) {
  return {.seq = core::EventSeq{rows.integer(0)},
          .site = std::string{rows.text(1)},
          .id = std::string{rows.text(2)},
          .name = std::string{rows.text(3)},
          .accepted = rows.time_ms(4),
          .fan_out = decode_fan_out(rows.blob(5))};
}

std::optional<DeliveryLookup::EventFacts> DeliveryLookup::event(core::EventSeq seq) {
  Rows rows = event_.query(seq);
  if (!rows.next()) return std::nullopt;
  return read_event(rows);
}

DeliveryRow DeliveryLookup::row_of(const EventFacts& event, std::uint32_t ordinal,
                                   core::Progress progress) {
  const core::FanOut& decided = event.fan_out[ordinal];
  const core::DeliveryKey key{event.seq, ordinal};
  return {.row = row_number(key),
          .id = core::delivery_id(event.site, event.id, decided.rule),
          .key = key,
          .event_id = event.id,
          .eventname = event.name,
          .rule = decided.rule,
          .service = decided.service,
          .progress = std::move(progress),
          .created = event.accepted};
}

std::optional<core::Progress> DeliveryLookup::progress_of(core::DeliveryKey key,
                                                          core::ServiceId service) {
  {
    Rows rows = outcome_.query(key.event, key.ordinal);
    if (rows.next()) {
      if (rows.integer(0) == kReplayed) return std::nullopt;
      return read_finished(rows, 0);
    }
  }
  Rows rows = pending_.query(service, key.event, key.ordinal);
  if (rows.next()) return read_waiting(rows, 0);
  return core::Progress{};
}

bool DeliveryLookup::is_fresh(core::DeliveryKey key, core::ServiceId service) {
  {
    Rows rows = outcome_.query(key.event, key.ordinal);
    if (rows.next()) return false;
  }
  Rows rows = pending_.query(service, key.event, key.ordinal);
  return !rows.next();
}

std::vector<DeliveryRow> DeliveryLookup::of_event(core::EventSeq seq) {
  std::vector<DeliveryRow> deliveries;
  const auto facts = event(seq);
  if (!facts) return deliveries;
  for (std::uint32_t ordinal = 0; ordinal < facts->fan_out.size(); ++ordinal) {
    const core::FanOut& decided = facts->fan_out[ordinal];
    if (auto progress = progress_of({seq, ordinal}, decided.service)) {
      deliveries.push_back(row_of(*facts, ordinal, std::move(*progress)));
    } else if (auto replay = latest_replay(seq, decided.rule)) {
      deliveries.push_back(std::move(*replay));
    }
  }
  return deliveries;
}

std::optional<DeliveryRow> DeliveryLookup::latest_replay(core::EventSeq origin, core::RuleId rule) {
  // Each failed replay may have been replayed again: the chain ends with the one that counts.
  while (true) {
    std::optional<EventFacts> next;
    {
      Rows rows = replays_.query(origin);
      while (!next && rows.next()) {
        EventFacts facts = read_event(rows);
        if (facts.fan_out.size() == 1 && facts.fan_out.front().rule == rule) next = facts;
      }
    }
    if (!next) return std::nullopt;
    if (auto progress = progress_of({next->seq, 0}, next->fan_out.front().service)) {
      return row_of(*next, 0, std::move(*progress));
    }
    origin = next->seq;
  }
}

std::vector<DeliveryRow> DeliveryLookup::list(const DeliveryFilter& filter, Page page) {
  Wanted wanted;
  wanted.rule = filter.rule;
  wanted.state = filter.state;
  wanted.limit = page.limit;
  wanted.before =
      page.before > 0 ? key_of(page.before) : core::DeliveryKey{core::EventSeq{INT64_MAX}, 0};
  if (!filter.service.empty()) wanted.services = service_ids(connection_, filter.service);
  std::vector<DeliveryRow> rows;
  add_finished(wanted, rows);
  add_waiting(wanted, rows);
  add_fresh(wanted, rows);
  std::ranges::sort(rows, std::greater{}, &DeliveryRow::key);
  if (std::ssize(rows) > page.limit) rows.resize(static_cast<std::size_t>(page.limit));
  for (auto& row : rows)
    complete(row);
  return rows;
}

void DeliveryLookup::complete(DeliveryRow& row) {
  if (!row.id.empty()) return;
  if (const auto facts = event(row.key.event)) {
    row = row_of(*facts, row.key.ordinal, std::move(row.progress));
  }
}

void DeliveryLookup::add_finished(const Wanted& wanted, std::vector<DeliveryRow>& rows) {
  using enum core::DeliveryState;
  if (wanted.state && *wanted.state != kDelivered && *wanted.state != kDead) return;
  Conditions conditions{"SELECT event_seq, ordinal, " MIH_OUTCOME_COLUMNS
                        " FROM local_integrationhub_delivery"};
  conditions.add("event_seq <= ?", wanted.before.event.value);
  conditions.add("(event_seq, ordinal) < (" + std::to_string(wanted.before.event.value) + ", ?)",
                 wanted.before.ordinal);
  if (wanted.state) {
    conditions.add("state = ?", static_cast<std::int64_t>(*wanted.state));
  } else {
    conditions.add("state <> ?", kReplayed);
  }
  if (wanted.rule) conditions.add("rule_id = ?", wanted.rule.value);
  if (wanted.services) conditions.add_any_of("service_id", *wanted.services);
  conditions.end(" ORDER BY event_seq DESC, ordinal DESC LIMIT ?", wanted.limit);
  Statement statement = conditions.prepare(connection_);
  Rows found = statement.rows();
  while (found.next()) {
    DeliveryRow& row = rows.emplace_back();
    row.key = {core::EventSeq{found.integer(0)}, static_cast<std::uint32_t>(found.integer(1))};
    row.progress = read_finished(found, 2);
  }
}

void DeliveryLookup::add_waiting(const Wanted& wanted, std::vector<DeliveryRow>& rows) {
  using enum core::DeliveryState;
  if (wanted.state == kDelivered || wanted.state == kDead || wanted.state == kSending) return;
  Conditions services{"SELECT serviceid FROM local_integrationhub_svc_state"};
  services.add("backlog > 0");
  if (wanted.services) services.add_any_of("serviceid", *wanted.services);
  Statement service_statement = services.prepare(connection_);
  Rows service = service_statement.rows();
  while (service.next()) {
    Conditions conditions{"SELECT event_seq, ordinal, " MIH_WAITING_COLUMNS
                          " FROM local_integrationhub_pending"};
    conditions.add("service_id = ?", service.integer(0));
    conditions.add("(event_seq, ordinal) < (" + std::to_string(wanted.before.event.value) + ", ?)",
                   wanted.before.ordinal);
    if (wanted.state) conditions.add("state = ?", static_cast<std::int64_t>(*wanted.state));
    if (wanted.state == kRetrying) conditions.add("attempt_count > 0");
    if (wanted.rule) conditions.add("rule_id = ?", wanted.rule.value);
    conditions.end(" ORDER BY event_seq DESC, ordinal DESC LIMIT ?", wanted.limit);
    Statement statement = conditions.prepare(connection_);
    Rows found = statement.rows();
    while (found.next()) {
      DeliveryRow& row = rows.emplace_back();
      row.key = {core::EventSeq{found.integer(0)}, static_cast<std::uint32_t>(found.integer(1))};
      row.progress = read_waiting(found, 2);
    }
  }
}

void DeliveryLookup::add_fresh(const Wanted& wanted, std::vector<DeliveryRow>& rows) {
  if (wanted.state && *wanted.state != core::DeliveryState::kPending) return;
  const std::int64_t low_water = read_head(connection_).low_water;
  std::int64_t left = wanted.limit;
  Rows events = events_below_.query(low_water, wanted.before.event);
  while (left > 0 && events.next()) {
    const EventFacts facts = read_event(events);
    for (auto ordinal = static_cast<std::uint32_t>(facts.fan_out.size()); ordinal-- > 0;) {
      const core::FanOut& decided = facts.fan_out[ordinal];
      const core::DeliveryKey key{facts.seq, ordinal};
      if (key >= wanted.before) continue;
      if (wanted.rule && wanted.rule != decided.rule) continue;
      if (wanted.services &&
          std::ranges::find(*wanted.services, decided.service.value) == wanted.services->end()) {
        continue;
      }
      if (!is_fresh(key, decided.service)) continue;
      rows.push_back(row_of(facts, ordinal, {}));
      --left;
    }
  }
}

std::optional<DeliveryRow> DeliveryLookup::find(std::string_view id) {
  // Those in trouble are what people look for; after them the newest are.
  if (auto tried = find_tried(id)) return tried;
  Rows events = events_below_.query(0, INT64_MAX);
  while (events.next()) {
    const EventFacts facts = read_event(events);
    for (std::uint32_t ordinal = 0; ordinal < facts.fan_out.size(); ++ordinal) {
      const core::FanOut& decided = facts.fan_out[ordinal];
      if (core::delivery_id(facts.site, facts.id, decided.rule) != id) continue;
      auto progress = progress_of({facts.seq, ordinal}, decided.service);
      if (progress) return row_of(facts, ordinal, std::move(*progress));
    }
  }
  return std::nullopt;
}

std::optional<DeliveryRow> DeliveryLookup::find_tried(std::string_view id) {
  Statement statement{connection_,
                      "SELECT p.event_seq, p.ordinal, e.site, e.id, p.rule_id, p.service_id"
                      " FROM local_integrationhub_pending p"
                      " INDEXED BY local_integrationhub_pending_tried"
                      " JOIN local_integrationhub_event e ON e.seq = p.event_seq"
                      " WHERE p.attempt_count > 0"};
  Rows rows = statement.query();
  while (rows.next()) {
    const core::RuleId rule{rows.integer(4)};
    if (core::delivery_id(rows.text(2), rows.text(3), rule) != id) continue;
    const core::DeliveryKey key{core::EventSeq{rows.integer(0)},
                                static_cast<std::uint32_t>(rows.integer(1))};
    const auto facts = event(key.event);
    auto progress = progress_of(key, core::ServiceId{rows.integer(5)});
    if (facts && progress) return row_of(*facts, key.ordinal, std::move(*progress));
  }
  return std::nullopt;
}

}  // namespace mih::store::sqlite
