#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

enum class JobKind : std::uint8_t { kReplay, kDelete };
enum class JobState : std::uint8_t {
  kPreparing,  ///< its set is being written; a restart drops it
  kRunning,
  kDone,
  kFailed,
};
/// How a dead letter is sent again.
enum class ReplayMode : std::uint8_t {
  kCurrent,  ///< rendered from rule and service as they are
  kAsSent,   ///< method, URL, headers and body as stored
};

std::string_view name_of(JobKind kind);
std::string_view name_of(JobState state);
std::optional<ReplayMode> replay_mode_from(std::string_view name);

/// A bulk action on dead letters. Its set is fixed when it starts; it is worked off in steps, over
/// restarts.
struct Job {
  static constexpr std::size_t kMaxErrors = 20;

  JobId id;
  JobKind kind = JobKind::kReplay;
  ReplayMode mode = ReplayMode::kCurrent;
  JobState state = JobState::kPreparing;
  std::int64_t total = 0;
  std::int64_t done = 0;
  std::int64_t succeeded = 0;
  std::int64_t skipped = 0;
  std::int64_t failed = 0;
  std::vector<std::string> errors;  ///< why letters were skipped; at most kMaxErrors
  WallTime created{};

  /// One of its letters was left as it is.
  void skip(DeadLetterId letter, std::string_view reason);
};

}  // namespace mih::core
