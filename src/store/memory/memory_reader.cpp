#include <algorithm>
#include <ranges>

#include "store/memory/memory_store.hpp"

/// The reading side.
namespace mih::store::memory {
namespace {

constexpr int kOrdinalBits = 20;

template <class Map>
auto values_of(const Map& items) {
  std::vector<typename Map::mapped_type> values;
  for (const auto& [key, value] : items)
    values.push_back(value);
  return values;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool contains(const std::string& text, const std::string& part) {
  return lower(text).find(lower(part)) != std::string::npos;
}

bool says(const core::DeadLetter& letter, const std::string& part, bool in_payload) {
  return contains(letter.error_message, part) || contains(letter.event->name, part) ||
         contains(letter.rule_name, part) || contains(letter.event->id, part) ||
         contains(letter.delivery_id, part) ||
         (in_payload && (contains(letter.url, part) || contains(letter.payload, part) ||
                         contains(letter.event->body, part) || contains(letter.response, part)));
}

bool has_room(std::size_t taken, Page page) {
  return static_cast<std::int64_t>(taken) < page.limit;
}

bool is_before(std::int64_t id, Page page) {
  return page.before <= 0 || id < page.before;
}

}  // namespace

Result<std::vector<core::Service>> MemoryStore::services() {
  const Lock lock{mutex_};
  return values_of(services_);
}

Result<std::vector<core::Rule>> MemoryStore::rules() {
  const Lock lock{mutex_};
  return values_of(rules_);
}

Result<std::vector<core::Token>> MemoryStore::tokens() {
  const Lock lock{mutex_};
  return values_of(tokens_);
}

Result<core::Settings> MemoryStore::settings() {
  const Lock lock{mutex_};
  return settings_;
}

Result<std::vector<core::CircuitRecord>> MemoryStore::circuits() {
  const Lock lock{mutex_};
  return values_of(circuits_);
}

Result<std::vector<core::Alert>> MemoryStore::alerts() {
  const Lock lock{mutex_};
  return alerts_;
}

Result<std::map<core::RuleId, WallTime>> MemoryStore::flagged_rules() {
  const Lock lock{mutex_};
  return flagged_;
}

Result<core::Totals> MemoryStore::totals() {
  const Lock lock{mutex_};
  return totals_;
}

Result<std::int64_t> MemoryStore::dead_letter_count() {
  const Lock lock{mutex_};
  return std::ssize(letters_);
}

Result<std::map<core::ServiceId, ServiceStatistics>> MemoryStore::statistics(WallTime now) {
  const Lock lock{mutex_};
  const std::int64_t since = unix_minute(now - std::chrono::hours{24});
  std::map<core::ServiceId, ServiceStatistics> statistics;
  for (const auto& [service, lane] : lanes_) {
    ServiceStatistics& item = statistics[service];
    item.backlog = lane.backlog;
    if (lane.last_used != WallTime{}) item.last_used_s = to_unix_s(lane.last_used);
    core::Counts sum;
    const auto from = counts_.lower_bound({service, since});
    for (auto it = from; it != counts_.end() && it->first.first == service; ++it)
      sum.add(it->second);
    item.errors_24h = sum.failed + sum.retried;
    if (sum.calls > 0) item.avg_latency_ms = sum.latency_sum_ms / sum.calls;
  }
  return statistics;
}

Result<std::vector<SeriesPoint>> MemoryStore::series(const SeriesRange& range) {
  const Lock lock{mutex_};
  std::vector<SeriesPoint> points;
  for (std::int64_t step = 0; step < range.steps; ++step) {
    SeriesPoint& point = points.emplace_back();
    const std::int64_t first = (range.from_s + step * range.step_s) / 60;
    for (std::int64_t minute = first; minute < first + range.step_s / 60; ++minute) {
      const auto all = counts_.find({core::ServiceId{}, minute});
      const auto own = counts_.find({range.service, minute});
      if (all == counts_.end() && own == counts_.end()) continue;
      if (!point) point.emplace();
      if (own != counts_.end()) point->add(own->second);
      if (all != counts_.end() && all->second.backlog) point->sample_backlog(0);
    }
  }
  return points;
}

std::string MemoryStore::last_name(core::ServiceId service) const {
  const auto found = services_.find(service);
  if (found != services_.end()) return found->second.name;
  const auto removed = removed_services_.find(service);
  return removed == removed_services_.end() ? std::string{} : removed->second;
}

Result<std::map<std::string, DeadLetterFigures>> MemoryStore::dead_letter_figures() {
  const Lock lock{mutex_};
  std::map<std::string, DeadLetterFigures> figures;
  for (const auto& [id, letter] : letters_) {
    DeadLetterFigures& item = figures[last_name(letter.service)];
    ++item.letters;
    item.bytes += letter.bytes();
  }
  for (const auto& [service, times] : newest_letters_) {
    DeadLetterFigures& item = figures[last_name(service)];
    item.newest = std::max(item.newest, times.newest);
    item.newest_overflow = std::max(item.newest_overflow, times.newest_overflow);
  }
  return figures;
}

Result<std::optional<WallTime>> MemoryStore::oldest_open() {
  const Lock lock{mutex_};
  std::optional<WallTime> oldest;
  for (const auto& [seq, entry] : events_) {
    if (!std::ranges::any_of(entry.items, &Item::open)) continue;
    if (!oldest || entry.event->accepted < *oldest) oldest = entry.event->accepted;
  }
  return oldest;
}

Result<std::vector<core::Event>> MemoryStore::events(const EventFilter& filter, Page page) {
  const Lock lock{mutex_};
  std::vector<core::Event> found;
  for (const auto& [seq, entry] : std::views::reverse(events_)) {
    const core::Event& event = *entry.event;
    if (!has_room(found.size(), page)) break;
    if (!is_before(seq, page) || entry.replay_of) continue;
    if (event.name.empty() && !filter.with_calls) continue;
    if (!filter.eventname.empty() && filter.eventname != event.name) continue;
    if (!filter.site.empty() && filter.site != event.site) continue;
    found.push_back(event);
  }
  return found;
}

Result<std::optional<core::Event>> MemoryStore::event(std::string_view site, std::string_view id) {
  const Lock lock{mutex_};
  for (const auto& [seq, entry] : std::views::reverse(events_)) {
    const core::Event& event = *entry.event;
    if (!entry.replay_of && event.site == site && event.id == id) return event;
  }
  return std::nullopt;
}

DeliveryRow MemoryStore::row_of(const Entry& entry, std::uint32_t ordinal) const {
  const Item& item = entry.items[ordinal];
  const core::Event& event = *entry.event;
  return {.row = (event.seq.value << kOrdinalBits) + ordinal,
          .id = core::delivery_id(event.site, event.id, item.decided.rule),
          .key = {event.seq, ordinal},
          .event_id = event.id,
          .eventname = event.name,
          .rule = item.decided.rule,
          .service = item.decided.service,
          .progress = item.progress,
          .created = event.accepted};
}

const MemoryStore::Entry* MemoryStore::latest_replay(core::EventSeq origin,
                                                     core::RuleId rule) const {
  const Entry* latest = nullptr;
  for (const auto& [seq, entry] : events_) {
    if (entry.origin != origin || entry.items.front().decided.rule != rule) continue;
    latest = entry.items.front().replayed ? latest_replay(entry.event->seq, rule) : &entry;
  }
  return latest;
}

Result<std::vector<DeliveryRow>> MemoryStore::deliveries_of(core::EventSeq event) {
  const Lock lock{mutex_};
  std::vector<DeliveryRow> rows;
  const auto found = events_.find(event.value);
  if (found == events_.end()) return rows;
  const Entry& entry = found->second;
  for (std::uint32_t ordinal = 0; ordinal < entry.items.size(); ++ordinal) {
    if (!entry.items[ordinal].replayed) {
      rows.push_back(row_of(entry, ordinal));
    } else if (const Entry* replay = latest_replay(event, entry.items[ordinal].decided.rule)) {
      rows.push_back(row_of(*replay, 0));
    }
  }
  return rows;
}

Result<std::vector<DeliveryRow>> MemoryStore::deliveries(const DeliveryFilter& filter, Page page) {
  const Lock lock{mutex_};
  std::vector<DeliveryRow> rows;
  for (const auto& [seq, entry] : std::views::reverse(events_)) {
    for (auto ordinal = static_cast<std::uint32_t>(entry.items.size()); ordinal-- > 0;) {
      const Item& item = entry.items[ordinal];
      const std::int64_t row = (seq << kOrdinalBits) + ordinal;
      if (item.replayed || !is_before(row, page)) continue;
      if (filter.rule && filter.rule != item.decided.rule) continue;
      if (filter.state && filter.state != item.progress.state) continue;
      if (!filter.service.empty() && !had_name(item.decided.service, filter.service)) continue;
      if (!has_room(rows.size(), page)) return rows;
      rows.push_back(row_of(entry, ordinal));
    }
  }
  return rows;
}

Result<std::optional<DeliveryRow>> MemoryStore::delivery(std::string_view id) {
  const Lock lock{mutex_};
  for (const auto& [seq, entry] : std::views::reverse(events_)) {
    for (std::uint32_t ordinal = 0; ordinal < entry.items.size(); ++ordinal) {
      const core::Event& event = *entry.event;
      const Item& item = entry.items[ordinal];
      if (item.replayed) continue;
      if (core::delivery_id(event.site, event.id, item.decided.rule) == id) {
        return row_of(entry, ordinal);
      }
    }
  }
  return std::nullopt;
}

bool MemoryStore::had_name(core::ServiceId service, const std::string& name) const {
  const auto found = services_.find(service);
  if (found != services_.end()) return found->second.name == name;
  const auto removed = removed_services_.find(service);
  return removed != removed_services_.end() && removed->second == name;
}

bool MemoryStore::finds(const DeadLetterFilter& filter, const core::DeadLetter& letter) const {
  const std::int64_t created_s = to_unix_s(letter.created);
  return (filter.service.empty() || had_name(letter.service, filter.service)) &&
         (!filter.rule || filter.rule == letter.rule) &&
         (filter.eventname.empty() || filter.eventname == letter.event->name) &&
         (!filter.reason || *filter.reason == letter.reason) &&
         (!filter.from_s || created_s >= *filter.from_s) &&
         (!filter.to_s || created_s < *filter.to_s) &&
         (filter.rule_name.empty() || filter.rule_name == letter.rule_name) &&
         (filter.text.empty() || says(letter, filter.text, filter.in_payload));
}

core::DeadLetter MemoryStore::shown(const core::DeadLetter& letter, bool whole) const {
  core::DeadLetter copy = letter;
  const auto service = services_.find(letter.service);
  if (service != services_.end()) copy.service_name = service->second.name;
  auto event = std::make_shared<core::Event>(*letter.event);
  event->seq = letter.key.event;
  if (!whole) {
    copy.headers.clear();
    copy.response.clear();
    event->body.clear();
  }
  copy.event = std::move(event);
  return copy;
}

Result<std::vector<core::DeadLetter>> MemoryStore::dead_letters(const DeadLetterFilter& filter,
                                                                Page page) {
  const Lock lock{mutex_};
  std::vector<core::DeadLetter> found;
  for (const auto& [id, letter] : std::views::reverse(letters_)) {
    if (!has_room(found.size(), page)) break;
    if (is_before(id.value, page) && finds(filter, letter)) found.push_back(shown(letter, false));
  }
  return found;
}

Result<std::optional<core::DeadLetter>> MemoryStore::dead_letter(core::DeadLetterId id) {
  const Lock lock{mutex_};
  const auto found = letters_.find(id);
  if (found == letters_.end()) return std::nullopt;
  return shown(found->second, true);
}

Result<std::vector<core::DeadLetterId>> MemoryStore::find_dead_letters(
    const DeadLetterFilter& filter) {
  const Lock lock{mutex_};
  std::vector<core::DeadLetterId> ids;
  for (const auto& [id, letter] : letters_) {
    if (finds(filter, letter)) ids.push_back(id);
  }
  return ids;
}

Result<std::vector<LogRow>> MemoryStore::log(const LogFilter& filter, Page page) {
  const Lock lock{mutex_};
  std::vector<LogRow> rows;
  for (const auto& row : std::views::reverse(log_)) {
    const CallRecord& call = row.call;
    const std::int64_t time_s = to_unix_s(call.time);
    if (!has_room(rows.size(), page)) break;
    if (!is_before(row.id, page)) continue;
    if (!filter.service.empty() && !had_name(call.service, filter.service)) continue;
    if (filter.success && *filter.success != call.success) continue;
    if (!filter.direction.empty() && (filter.direction == "inbound") != call.inbound) continue;
    if (filter.from_s && time_s < *filter.from_s) continue;
    if (filter.to_s && time_s >= *filter.to_s) continue;
    if (!filter.text.empty() && !contains(call.endpoint, filter.text) &&
        !contains(call.error_message, filter.text) && !contains(call.eventname, filter.text) &&
        !contains(call.delivery_id, filter.text)) {
      continue;
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace mih::store::memory
