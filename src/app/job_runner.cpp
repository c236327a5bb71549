#include "app/job_runner.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace mih::app {
namespace {

constexpr std::size_t kStep = 500;          ///< letters
constexpr std::size_t kExtension = 10'000;  ///< letters
constexpr std::chrono::seconds kRetryWait{5};

}  // namespace

/// A job whose set is being written.
struct JobRunner::Preparation {
  core::JobId job;
  Letters letters;
  std::size_t written = 0;
  Started started;

  Letters next() {
    const auto count = std::min(kExtension, letters.size() - written);
    const auto begin = letters.begin() + static_cast<std::ptrdiff_t>(written);
    written += count;
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
};

JobRunner::JobRunner(store::Writer& writer, delivery::Worker& worker, const Clock& clock,
                     std::function<void()> replayed)
    : writer_(writer),
      worker_(worker),
      clock_(clock),
      replayed_(std::move(replayed)),
      retrying_([this] { retry_loop(); }) {}

JobRunner::~JobRunner() {
  stop();
  retrying_.join();
}

void JobRunner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

bool JobRunner::admit() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || running_ >= kMaxRunning) return false;
  ++running_;
  return true;
}

void JobRunner::leave() {
  const std::lock_guard lock(mutex_);
  --running_;
}

void JobRunner::resume(const std::vector<core::JobId>& jobs) {
  for (const auto job : jobs) {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    step(job);
  }
}

void JobRunner::start(core::JobKind kind, core::ReplayMode mode, Letters letters, Started started) {
  if (!admit()) {
    started(fail(ErrorCode::kBusy, "Too many bulk actions are running; wait for one to end."));
    return;
  }
  auto preparation = std::make_shared<Preparation>();
  preparation->letters = std::move(letters);
  preparation->started = std::move(started);
  writer_.run([this, kind, mode, preparation](store::Store& store) {
    const auto job = store.add_job(kind, mode, clock_.now().wall);
    if (!job) {
      leave();
      return preparation->started(std::unexpected(job.error()));
    }
    preparation->job = *job;
    extend(preparation);
  });
}

void JobRunner::extend(std::shared_ptr<Preparation> preparation) {
  writer_.run([this, preparation = std::move(preparation)](store::Store& store) {
    Result<core::Job> job;
    if (auto extended = store.extend_job(preparation->job, preparation->next()); !extended) {
      job = fail(extended);
    } else if (preparation->written < preparation->letters.size()) {
      return extend(preparation);
    } else {
      job = store.start_job(preparation->job);
    }
    if (job) {
      step(job->id);
    } else {
      leave();
    }
    preparation->started(std::move(job));
  });
}

void JobRunner::step(core::JobId id) {
  writer_.run([this, id](store::Store& store) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    std::vector<core::Delivery> ready;
    const auto job = store.step_job(id, kStep, clock_.now().wall, ready);
    if (!ready.empty()) worker_.add(std::move(ready));
    if (job && job->kind == core::JobKind::kReplay) replayed_();
    if (!job) {
      spdlog::warn("bulk action {} waits: {}", id.value, job.error().detail);
      return postpone(id);
    }
    if (job->state == core::JobState::kRunning) return step(id);
    leave();
  });
}

void JobRunner::postpone(core::JobId job) {
  {
    const std::lock_guard lock(mutex_);
    postponed_.insert(job);
  }
  changed_.notify_all();
}

void JobRunner::retry_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [&] { return stopping_ || !postponed_.empty(); });
    changed_.wait_for(lock, kRetryWait, [&] { return stopping_; });
    if (stopping_) return;
    const auto jobs = std::exchange(postponed_, {});
    lock.unlock();
    for (const auto job : jobs)
      step(job);
    lock.lock();
  }
}

}  // namespace mih::app
