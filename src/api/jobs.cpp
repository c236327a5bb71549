#include "api/jobs.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "base/hash.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kMaxErrors = 20;

/// The next chunk of the job's set.
std::vector<core::DeadLetterId> next_chunk(const Job& job) {
  const auto begin = job.letters.begin() + static_cast<std::ptrdiff_t>(job.done);
  const auto left = static_cast<std::size_t>(job.letters.end() - begin);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(left, Jobs::kChunk))};
}

void add_error(Job& job, std::string error) {
  if (job.errors.size() < kMaxErrors) job.errors.push_back(std::move(error));
}

void note(Job& job, std::size_t size, Result<store::ReplayResult> result) {
  job.done += static_cast<std::int64_t>(size);
  if (!result) {
    job.failed += static_cast<std::int64_t>(size);
    add_error(job, std::move(result.error().detail));
    return;
  }
  job.succeeded += result->succeeded;
  job.skipped += result->skipped;
  for (auto& error : result->errors)
    add_error(job, std::move(error));
}

}  // namespace

std::string_view name_of(Job::Kind kind) {
  return kind == Job::Kind::kReplay ? "replay" : "delete";
}

std::string_view name_of(Job::State state) {
  switch (state) {
    case Job::State::kRunning:
      return "running";
    case Job::State::kDone:
      return "done";
    case Job::State::kFailed:
      return "failed";
  }
  return "failed";
}

Result<std::shared_ptr<const Job>> Jobs::start(Context& api, Job::Kind kind,
                                               std::vector<core::DeadLetterId> letters) {
  const auto running = std::ranges::count_if(
      jobs_, [](const auto& job) { return job->state == Job::State::kRunning; });
  if (static_cast<std::size_t>(running) >= kMaxRunning) {
    return fail(ErrorCode::kBusy, "Too many bulk actions are running; wait for one to end.");
  }
  if (jobs_.size() >= kKept) {
    const auto finished = std::ranges::find_if(
        jobs_, [](const auto& job) { return job->state != Job::State::kRunning; });
    if (finished != jobs_.end()) jobs_.erase(finished);
  }
  auto job = std::make_shared<Job>();
  job->id = "j_" + random_hex(kIdBytes);
  job->kind = kind;
  job->total = static_cast<std::int64_t>(letters.size());
  job->letters = std::move(letters);
  jobs_.push_back(job);
  boost::asio::co_spawn(context_, run(api, job), [this, job](const std::exception_ptr& exception) {
    if (!exception) return;
    job->state = Job::State::kFailed;
    report_("a bulk action ended in the middle: " + job->id);
  });
  return job;
}

std::shared_ptr<const Job> Jobs::find(std::string_view id) const {
  const auto found = std::ranges::find_if(jobs_, [&](const auto& job) { return job->id == id; });
  return found == jobs_.end() ? nullptr : *found;
}

async::Task<> Jobs::run(Context& api, std::shared_ptr<Job> job) {
  using store::ReplayResult;
  while (job->done < job->total) {
    auto chunk = next_chunk(*job);
    const auto size = chunk.size();
    auto result = co_await api.answers.wait<ReplayResult>(
        [&hub = api.hub, kind = job->kind, chunk = std::move(chunk)](auto answer) mutable {
          if (kind == Job::Kind::kReplay)
            hub.replay(std::move(chunk), std::move(answer));
          else
            hub.remove_dead_letters(std::move(chunk), std::move(answer));
        });
    note(*job, size, std::move(result));
  }
  job->letters = {};
  job->state = job->failed > 0 ? Job::State::kFailed : Job::State::kDone;
}

}  // namespace mih::api
