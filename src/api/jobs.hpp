#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "async/task.hpp"
#include "core/ids.hpp"

namespace mih::api {

/// A bulk action on dead letters: its fixed set, worked off in chunks, and how far it got.
struct Job {
  enum class Kind : std::uint8_t { kReplay, kDelete };
  enum class State : std::uint8_t { kRunning, kDone, kFailed };

  std::string id;
  Kind kind = Kind::kReplay;
  State state = State::kRunning;
  std::vector<core::DeadLetterId> letters;  ///< released at the end
  std::int64_t total = 0;
  std::int64_t done = 0;
  std::int64_t succeeded = 0;
  std::int64_t skipped = 0;
  std::int64_t failed = 0;
  std::vector<std::string> errors;  ///< at most 20
};

std::string_view name_of(Job::Kind kind);
std::string_view name_of(Job::State state);

/// The bulk actions of this process, used on the io thread. The last finished ones are kept.
class Jobs {
 public:
  static constexpr std::size_t kMaxRunning = 16;
  static constexpr std::size_t kKept = 200;
  static constexpr std::size_t kChunk = 500;

  /// `report` gets one line about each failure that was not foreseen.
  Jobs(boost::asio::io_context& context, std::function<void(std::string_view)> report)
      : context_(context), report_(std::move(report)) {}

  /// Starts a job; kBusy when too many run.
  Result<std::shared_ptr<const Job>> start(Context& api, Job::Kind kind,
                                           std::vector<core::DeadLetterId> letters);
  std::shared_ptr<const Job> find(std::string_view id) const;

 private:
  async::Task<> run(Context& api, std::shared_ptr<Job> job);

  boost::asio::io_context& context_;
  std::function<void(std::string_view)> report_;
  std::deque<std::shared_ptr<Job>> jobs_;  ///< oldest first
};

}  // namespace mih::api
