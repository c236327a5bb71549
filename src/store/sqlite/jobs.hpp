#pragma once

#include <optional>
#include <vector>

#include "core/job.hpp"
#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// The tables of bulk actions. Works inside of the caller's transaction.
class Jobs {
 public:
  explicit Jobs(Connection& connection);

  core::JobId add(core::JobKind kind, core::ReplayMode mode, WallTime now);
  void extend(core::JobId job, const std::vector<core::DeadLetterId>& letters);
  /// Lets it run, and forgets the oldest finished ones.
  void start(core::JobId job);
  /// At open: those that were never started.
  void drop_unstarted();

  std::optional<core::Job> find(core::JobId job);
  std::vector<core::DeadLetterId> next_letters(core::JobId job, std::size_t limit);
  /// Keeps what the job has become; `letters` are done.
  void advance(const core::Job& job, const std::vector<core::DeadLetterId>& letters);

 private:
  Connection& connection_;
  Statement insert_, extend_, start_, forget_, find_, next_, letter_done_, advance_;
};

/// Every column of a job, for find() here and in the reader.
inline constexpr const char* kJobColumns =
    "id, kind, mode, state, total, done, succeeded, skipped, failed, errors, created_ms";
core::Job read_job(const Rows& row);

}  // namespace mih::store::sqlite
