#pragma once

#include <optional>
#include <vector>

#include "core/settings.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"

namespace mih::store::sqlite {

/// Removes what is old, in bounded steps, inside of the caller's transaction: ids after 72 h,
/// finished events after the retention, dead letters and statistics after theirs.
class Retention {
 public:
  Retention(Connection& connection, Ledger& ledger);

  /// Each removes about `budget` rows at most; true if more is due.
  bool prune_ids(WallTime now, std::int64_t budget);
  bool prune_events(const core::Settings& settings, WallTime now, std::int64_t budget);
  bool prune_dead_letters(const core::Settings& settings, WallTime now, std::int64_t budget);
  bool prune_statistics(WallTime now, std::int64_t budget);

  /// A delivery has ended. If the prune position has passed its event while it was open, and
  /// nothing of it is open any more, the event goes now.
  void ended(core::EventSeq event);

  /// The transaction was rolled back.
  void forget() { oldest_id_.reset(), next_event_.reset(); }

 private:
  /// First and last seq to look at next; empty when nothing is due.
  std::optional<std::pair<std::int64_t, std::int64_t>> due_events(const core::Settings& settings,
                                                                  WallTime now, std::int64_t limit);
  std::vector<std::int64_t> open_events(std::int64_t first, std::int64_t last);
  std::int64_t remove_events(std::int64_t first, std::int64_t last);

  Connection& connection_;
  Ledger& ledger_;
  /// Times of the next to go, read when the position moved.
  std::optional<WallTime> oldest_id_;
  std::optional<WallTime> next_event_;
  std::chrono::sys_time<std::chrono::hours> statistics_pruned_{};  ///< once in an hour is enough
  Statement ids_, remove_ids_;
  Statement events_, pending_of_, remove_events_, remove_outcomes_;
  Statement fan_out_of_, count_outcomes_;
  Statement old_letters_, remove_letter_;
  Statement stat_services_, stat_minutes_, remove_minutes_;
};

}  // namespace mih::store::sqlite
