#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/job.hpp"
#include "delivery/worker.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// Works off bulk actions, step by step on the writer's thread between other work. What is left at
/// the end is taken up again at the next start.
class JobRunner {
 public:
  using Letters = std::vector<core::DeadLetterId>;
  using Started = std::move_only_function<void(Result<core::Job>)>;

  static constexpr std::size_t kMaxRunning = 16;

  /// The references outlive the runner, and the writer's thread ends before it does. `replayed` is
  /// called on that thread when messages may wait to be handed over again.
  JobRunner(store::Writer& writer, delivery::Worker& worker, const Clock& clock,
            std::function<void()> replayed);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  /// Takes up what an earlier process left.
  void resume(const std::vector<core::JobId>& jobs);
  /// Answers when the job is durable and runs. kBusy when too many do.
  void start(core::JobKind kind, core::ReplayMode mode, Letters letters, Started started);
  /// No further step begins.
  void stop();

 private:
  struct Preparation;

  void extend(std::shared_ptr<Preparation> preparation);
  void step(core::JobId job);
  bool admit();
  void leave();
  /// A step failed, for instance because the disk is full: it is tried again later.
  void postpone(core::JobId job);
  void retry_loop();

  store::Writer& writer_;
  delivery::Worker& worker_;
  const Clock& clock_;
  std::function<void()> replayed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<core::JobId> postponed_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::thread retrying_;  ///< last: it uses what is above
};

}  // namespace mih::app
