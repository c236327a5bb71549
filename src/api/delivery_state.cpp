#include "api/delivery_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mih::api {
namespace {

using core::DeliveryState;
using core::ParkedBecause;

constexpr std::int64_t kScan = 500;  ///< rows of one look into the store
constexpr int kMostScans = 100;      ///< then the page ends short

bool is_open(DeliveryState state) {
  return state != DeliveryState::kDelivered && state != DeliveryState::kDead;
}

ParkedBecause why_parked(const core::Service& service, const LaneStatus& lane,
                         core::DeliveryKey key) {
  if (!service.enabled) return ParkedBecause::kDisabled;
  if (service.paused) return ParkedBecause::kPaused;
  if (lane.circuit != core::CircuitState::kClosed) return ParkedBecause::kCircuitOpen;
  return lane.enriching.contains(key) ? ParkedBecause::kEnrichment : ParkedBecause::kNone;
}

/// Waiting deliveries below `before`, newest first: those that the store calls pending and those it
/// calls retrying, merged. `before` becomes the row to go on from, 0 at the end.
Result<std::vector<store::DeliveryRow>> scan(store::Reader& reader, store::DeliveryFilter filter,
                                             std::int64_t& before) {
  std::vector<store::DeliveryRow> rows;
  std::int64_t complete_down_to = 0;
  for (const auto state : {DeliveryState::kPending, DeliveryState::kRetrying}) {
    filter.state = state;
    auto some = reader.deliveries(filter, {kScan, before});
    if (!some) return fail(some);
    if (std::ssize(*some) == kScan) {
      complete_down_to = std::max(complete_down_to, some->back().row);
    }
    std::ranges::move(*some, std::back_inserter(rows));
  }
  std::erase_if(rows, [&](const auto& row) { return row.row < complete_down_to; });
  std::ranges::sort(rows, std::ranges::greater{}, &store::DeliveryRow::row);
  before = complete_down_to;
  return rows;
}

}  // namespace

void show_state(store::DeliveryRow& row, const Standing& standing) {
  if (!is_open(row.progress.state)) return;
  const auto service = standing.catalog.service(row.service);
  const auto lane = standing.lanes.find(row.service);
  if (!service || lane == standing.lanes.end()) return;
  if (std::ranges::find(lane->second.sending, row.key) != lane->second.sending.end()) {
    row.progress.state = DeliveryState::kSending;
    return;
  }
  row.progress.parked_because = why_parked(*service, lane->second, row.key);
  if (row.progress.parked_because == ParkedBecause::kNone) return;
  row.progress.state = DeliveryState::kParked;
}

Result<std::vector<store::DeliveryRow>> find_deliveries(store::Reader& reader,
                                                        const store::DeliveryFilter& filter,
                                                        store::Page page,
                                                        const Standing& standing) {
  if (!filter.state || !is_open(*filter.state)) {
    auto rows = reader.deliveries(filter, page);
    if (!rows) return fail(rows);
    for (auto& row : *rows)
      show_state(row, standing);
    return rows;
  }
  std::vector<store::DeliveryRow> found;
  for (int i = 0; i < kMostScans && std::ssize(found) < page.limit; ++i) {
    auto rows = scan(reader, filter, page.before);
    if (!rows) return fail(rows);
    for (auto& row : *rows) {
      show_state(row, standing);
      if (row.progress.state == *filter.state) found.push_back(std::move(row));
    }
    if (page.before == 0) break;
  }
  if (std::ssize(found) > page.limit) found.resize(static_cast<std::size_t>(page.limit));
  return found;
}

}  // namespace mih::api
