#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "core/ids.hpp"
#include "core/statistics.hpp"

namespace mih::store::sqlite {

/// The row of running totals and positions.
struct Head {
  core::Totals totals;
  std::int64_t dead_letters = 0;  ///< rows in the table
  std::int64_t last_seq = 0;
  /// Every event below has, for each of its deliveries, an outcome row or a pending row.
  std::int64_t low_water = 1;
  /// Events below are there only while one of their deliveries is open.
  std::int64_t pruned = 1;
};

/// Counters of one service.
struct LaneCounters {
  std::int64_t backlog = 0;       ///< open deliveries
  std::int64_t pending_rows = 0;  ///< those with a row in the pending table
  WallTime last_used{};
  bool flowing = false;  ///< new deliveries go to the dispatcher; otherwise they spill
};

/// What is known in memory of the queue: counters, and for each event from the low-water mark on
/// how many of its deliveries are known to the dispatcher alone ("fresh": neither outcome nor
/// pending row). Changes between begin() and end() can be undone, together with the transaction
/// that they belong to.
class Ledger {
 public:
  Head head;

  void load(const Head& loaded, std::unordered_map<core::ServiceId, LaneCounters> lanes);

  void begin();
  /// What changed is in force.
  void end();
  void undo();

  const LaneCounters& lane(core::ServiceId service) const;
  template <class Fn>
  void each_lane(Fn&& fn) const {
    for (const auto& [service, counters] : lanes_)
      fn(service, counters);
  }
  /// Between begin() and end() only.
  LaneCounters& change(core::ServiceId service);
  void set_flowing(core::ServiceId service, bool flowing) { lanes_[service].flowing = flowing; }
  /// Services touched since begin(), each with its counters before.
  const std::vector<std::pair<core::ServiceId, LaneCounters>>& changed() const { return before_; }

  /// The next event, head.last_seq, has this many fresh deliveries.
  void append(std::uint32_t fresh) { open_.push_back(fresh); }
  /// True if the event may have fresh deliveries.
  bool may_be_fresh(core::EventSeq event) const;
  /// A fresh delivery got its row.
  void settle(core::EventSeq event, std::uint32_t count = 1);
  std::uint32_t fresh(core::EventSeq event) const;
  /// Events from the low-water mark on.
  std::size_t window() const { return open_.size(); }
  /// The low-water mark that follows from what was settled.
  std::int64_t reached();
  /// True if the head differs from the one at begin().
  bool head_changed() const;

 private:
  std::uint32_t& open_count(core::EventSeq event);

  std::unordered_map<core::ServiceId, LaneCounters> lanes_;
  std::deque<std::uint32_t> open_;
  std::int64_t first_ = 1;    ///< the event of open_.front()
  std::int64_t reached_ = 1;  ///< everything before is settled

  Head head_before_;
  std::vector<std::pair<core::ServiceId, LaneCounters>> before_;
  std::unordered_set<core::ServiceId> touched_;
  std::vector<std::pair<core::EventSeq, std::uint32_t>> settled_;
  std::size_t window_before_ = 0;
};

}  // namespace mih::store::sqlite
