#include <algorithm>
#include <ranges>

#include "api/testing/fake_hub.hpp"

namespace mih::api::testing {
namespace {

/// The rows of a page, newest first.
template <class Row, class NumberOf, class Keep>
std::vector<Row> page_of(const std::vector<Row>& rows, store::Page page, NumberOf number_of,
                         Keep keep) {
  std::vector<Row> out;
  for (const auto& row : rows | std::views::reverse) {
    if (page.before > 0 && number_of(row) >= page.before) continue;
    if (!keep(row) || std::ssize(out) >= page.limit) continue;
    out.push_back(row);
  }
  return out;
}

bool keeps(const store::DeadLetterFilter& filter, const core::DeadLetter& letter) {
  return (filter.service.empty() || filter.service == letter.service_name) &&
         (!filter.reason || *filter.reason == letter.reason);
}

}  // namespace

Result<std::vector<store::SeriesPoint>> FakeReader::series(const store::SeriesRange& range) {
  ranges.push_back(range);
  std::vector<store::SeriesPoint> points(static_cast<std::size_t>(range.steps));
  for (std::size_t i = 0; i < std::min(points.size(), steps.size()); ++i)
    points[i] = steps[i];
  return points;
}

Result<std::vector<core::AuditEntry>> FakeReader::audit(store::Page page) {
  return page_of(
      audit_list, page, [](const auto& entry) { return entry.id; },
      [](const auto&) { return true; });
}

Result<std::vector<core::Event>> FakeReader::events(const store::EventFilter& filter,
                                                    store::Page page) {
  return page_of(
      event_list, page, [](const auto& event) { return event.seq.value; },
      [&](const auto& event) {
        return (filter.eventname.empty() || filter.eventname == event.name) &&
               (filter.site.empty() || filter.site == event.site);
      });
}

Result<std::optional<core::Event>> FakeReader::event(std::string_view site, std::string_view id) {
  const auto found = std::ranges::find_if(
      event_list, [&](const auto& event) { return event.site == site && event.id == id; });
  if (found == event_list.end()) return std::optional<core::Event>{};
  return std::optional(*found);
}

Result<std::vector<store::DeliveryRow>> FakeReader::deliveries_of(core::EventSeq event) {
  std::vector<store::DeliveryRow> out;
  std::ranges::copy_if(rows, std::back_inserter(out),
                       [&](const auto& row) { return row.key.event == event; });
  return out;
}

Result<std::vector<store::DeliveryRow>> FakeReader::deliveries(const store::DeliveryFilter& filter,
                                                               store::Page page) {
  return page_of(
      rows, page, [](const auto& row) { return row.row; },
      [&](const auto& row) { return !filter.state || *filter.state == row.progress.state; });
}

Result<std::optional<store::DeliveryRow>> FakeReader::delivery(std::string_view id) {
  const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.id == id; });
  if (found == rows.end()) return std::optional<store::DeliveryRow>{};
  return std::optional(*found);
}

Result<std::vector<core::DeadLetter>> FakeReader::dead_letters(
    const store::DeadLetterFilter& filter, store::Page page) {
  return page_of(
      letters, page, [](const auto& letter) { return letter.id.value; },
      [&](const auto& letter) { return keeps(filter, letter); });
}

Result<std::optional<core::DeadLetter>> FakeReader::dead_letter(core::DeadLetterId id) {
  const auto found =
      std::ranges::find_if(letters, [&](const auto& letter) { return letter.id == id; });
  if (found == letters.end()) return std::optional<core::DeadLetter>{};
  return std::optional(*found);
}

Result<std::vector<core::DeadLetterId>> FakeReader::find_dead_letters(
    const store::DeadLetterFilter& filter) {
  std::vector<core::DeadLetterId> out;
  for (const auto& letter : letters) {
    if (keeps(filter, letter)) out.push_back(letter.id);
  }
  return out;
}

Result<std::optional<core::Job>> FakeReader::job(core::JobId id) {
  if (!last_job || last_job->id != id) return std::optional<core::Job>{};
  return last_job;
}

Result<std::vector<store::LogRow>> FakeReader::log(const store::LogFilter& filter,
                                                   store::Page page) {
  return page_of(
      log_rows, page, [](const auto& row) { return row.id; },
      [&](const auto& row) { return !filter.success || *filter.success == row.call.success; });
}

}  // namespace mih::api::testing
