#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/statistics.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// The request log and the statistics: collected in memory, written from time to time, so that a
/// commit costs nothing for them. Of the log only rows that will stay are written.
class CallJournal {
 public:
  explicit CallJournal(Connection& connection);

  void add(std::vector<CallRecord>& calls, std::int64_t max_log_entries);
  void count_accepted(WallTime now, std::int64_t events);
  /// What a commit did with one delivery.
  enum class Step : std::uint8_t { kCreated, kRetried, kDelivered, kDead };
  void count(WallTime now, core::ServiceId service, Step step);
  /// Notes backlogs that are higher than before in this minute; true if there are such.
  bool sample_backlogs(WallTime now, const Ledger& ledger);

  /// True if something is held, here or by `others`, that should be written by now.
  bool due(WallTime now, bool others) const;
  /// Services that were called since the last write, with the time of their last call.
  const std::unordered_map<core::ServiceId, WallTime>& used() const { return used_; }
  /// Writes what is held, inside of the caller's transaction.
  void write(std::int64_t max_log_entries);
  /// That transaction is committed.
  void written(WallTime now);

  /// Removes log rows beyond `max_log_entries`, at most `budget`; true if there are more.
  bool prune_log(std::int64_t max_log_entries, std::int64_t budget);
  /// Empties the log, inside of the caller's transaction.
  void clear_log();
  /// Drops the log rows that are held.
  void drop_held_rows() { rows_.clear(); }

 private:
  core::Counts& counts(core::ServiceId service, std::int64_t minute);
  void write_log_row(const CallRecord& call);
  void write_counts(core::ServiceId service, std::int64_t minute, core::Counts counts);

  Connection& connection_;
  Statement insert_log_, last_log_, first_log_, remove_log_;
  Statement find_counts_, save_counts_;
  std::deque<CallRecord> rows_;
  std::map<std::pair<core::ServiceId, std::int64_t>, core::Counts> counts_;
  std::unordered_map<core::ServiceId, WallTime> used_;
  WallTime last_write_{};
  std::int64_t sampled_minute_ = 0;
  std::unordered_map<core::ServiceId, std::int64_t> sampled_;  ///< the highest in that minute
};

}  // namespace mih::store::sqlite
