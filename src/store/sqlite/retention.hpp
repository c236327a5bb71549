#pragma once

#include <optional>
#include <vector>

#include "core/learned.hpp"
#include "core/settings.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"

namespace mih::store::sqlite {

/// Removes what is old, in bounded steps, inside of the caller's transaction: ids after 72 h,
/// finished events after the retention, dead letters, statistics and audit trail after theirs.
class Retention {
 public:
  Retention(Connection& connection, Ledger& ledger);

  /// Each removes about `budget` rows at most; true if more is due.
  bool prune_ids(WallTime now, std::int64_t budget);
  /// A commit leaves what is less than a chunk to a later one.
  enum class Amount : std::uint8_t { kWholeChunks, kEverything };
  bool prune_events(const core::Settings& settings, WallTime now, std::int64_t budget,
                    Amount amount);
  /// What was learned goes when its event would.
  core::KeptSince kept_since(const core::Settings& settings, WallTime now);
  /// Whether the event is to go once nothing of it is open, and was accepted long enough ago that
  /// what is still open of it waits for something.
  bool is_due(const core::Settings& settings, WallTime now, core::EventSeq event);
  bool prune_dead_letters(const core::Settings& settings, WallTime now, std::int64_t budget);
  bool prune_statistics(WallTime now, std::int64_t budget);
  bool prune_audit(WallTime now, std::int64_t budget);

  /// A delivery has ended. If the prune position has passed its event while it was open, and
  /// nothing of it is open any more, the event goes now.
  void ended(core::EventSeq event);

  /// The transaction was rolled back.
  void forget() {
    oldest_id_.reset();
    chunk_time_.reset();
  }

 private:
  /// The last of the next events that are due, at most a chunk of them.
  std::optional<std::int64_t> last_due(const core::Settings& settings, WallTime now);
  /// The same if a whole chunk is due.
  std::optional<std::int64_t> chunk_due(const core::Settings& settings, WallTime now);
  std::vector<std::int64_t> open_events(std::int64_t first, std::int64_t last);
  std::int64_t remove_events(std::int64_t first, std::int64_t last);

  Connection& connection_;
  Ledger& ledger_;
  /// Times of the oldest id and of the end of the next chunk, read when the position moved.
  std::optional<WallTime> oldest_id_;
  std::optional<WallTime> chunk_time_;
  std::chrono::sys_time<std::chrono::hours> statistics_pruned_{};  ///< once in an hour is enough
  Statement ids_, remove_ids_;
  Statement events_, pending_of_, remove_events_, remove_outcomes_;
  Statement fan_out_of_, count_outcomes_;
  Statement old_letters_, remove_letter_;
  Statement remove_audit_;
  Statement stat_services_, stat_minutes_, remove_minutes_;
};

}  // namespace mih::store::sqlite
