#include <fmt/format.h>

#include "store/memory/memory_store.hpp"

/// Bulk actions on dead letters.
namespace mih::store::memory {

Result<core::JobId> MemoryStore::add_job(core::JobKind kind, core::ReplayMode mode, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const core::JobId id{++last_job_};
  core::Job& job = jobs_[id].job;
  job.id = id;
  job.kind = kind;
  job.mode = mode;
  job.created = now;
  return id;
}

Result<void> MemoryStore::extend_job(core::JobId job,
                                     const std::vector<core::DeadLetterId>& letters) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  jobs_[job].letters.insert(letters.begin(), letters.end());
  return {};
}

Result<core::Job> MemoryStore::start_job(core::JobId id) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto work = jobs_.find(id);
  if (work == jobs_.end()) {
    return mih::fail(ErrorCode::kNotFound, fmt::format("There is no job {}.", id.value));
  }
  core::Job& job = work->second.job;
  job.state = core::JobState::kRunning;
  job.total = std::ssize(work->second.letters);
  return job;
}

Result<core::Job> MemoryStore::step_job(core::JobId id, std::size_t limit, WallTime now,
                                        std::vector<core::Delivery>& ready) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto work = jobs_.find(id);
  if (work == jobs_.end()) {
    return mih::fail(ErrorCode::kNotFound, fmt::format("There is no job {}.", id.value));
  }
  auto& [job, letters] = work->second;
  if (job.state != core::JobState::kRunning) return job;
  std::size_t count = 0;
  for (; count < limit && !letters.empty(); ++count) {
    do_letter(job, *letters.begin(), now, ready);
    letters.erase(letters.begin());
  }
  job.done += static_cast<std::int64_t>(count);
  if (count < limit) job.state = core::JobState::kDone;
  return job;
}

void MemoryStore::do_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                            std::vector<core::Delivery>& ready) {
  if (job.kind == core::JobKind::kReplay) {
    const auto service = replayable(id, job.mode);
    if (!service) return job.skip(id, service.error());
    core::DeadLetter& letter = letters_.at(id);
    if (letter.reason == core::DeadReason::kInbound) {
      replay_inbound(letter, *service, now);
    } else {
      core::Delivery delivery = reopen(letter, *service, job.mode, now);
      if (lanes_[*service].flowing) ready.push_back(std::move(delivery));
    }
  } else {
    const auto found = letters_.find(id);
    if (found == letters_.end()) return job.skip(id, "there is none");
    if (found->second.replaying) return job.skip(id, "it is being replayed");
    letters_.erase(found);
  }
  ++job.succeeded;
}

std::expected<core::ServiceId, std::string> MemoryStore::replayable(core::DeadLetterId id,
                                                                    core::ReplayMode mode) const {
  const auto found = letters_.find(id);
  if (found == letters_.end()) return std::unexpected("there is none");
  const core::DeadLetter& letter = found->second;
  if (letter.replaying) return std::unexpected("it is being replayed already");
  if (mode == core::ReplayMode::kAsSent) {
    if (letter.method.empty()) return std::unexpected("it was never sent");
  } else if (letter.rule && !rules_.contains(letter.rule)) {
    return std::unexpected("its rule was deleted");
  }
  const auto by_id = services_.find(letter.service);
  const core::Service* service =
      by_id != services_.end() ? &by_id->second : service_named(letter.service_name);
  if (!service) return std::unexpected("its service was deleted");
  if (letter.reason == core::DeadReason::kInbound) return service->id;
  const auto lane = lanes_.find(service->id);
  if (lane != lanes_.end() && lane->second.backlog >= service->max_backlog) {
    return std::unexpected(fmt::format("the backlog of service {} is full", service->name));
  }
  return service->id;
}

core::Delivery MemoryStore::reopen(core::DeadLetter& letter, core::ServiceId service,
                                   core::ReplayMode mode, WallTime now) {
  if (Item* before = find_item(letter.key)) before->replayed = true;
  letter.replaying = true;
  --totals_.dead;
  auto event = std::make_shared<core::Event>(*letter.event);
  event->seq.value = ++last_seq_;
  event->accepted = now;
  Entry& entry = events_[last_seq_];
  entry.event = std::move(event);
  entry.replay_of = letter.id;
  entry.origin = letter.key.event;
  if (mode == core::ReplayMode::kAsSent) {
    entry.as_sent = std::make_shared<const core::SentRequest>(
        core::SentRequest{letter.method, letter.url, letter.headers, letter.payload});
  }
  Item& item = entry.items.emplace_back();
  item.decided = {.rule = letter.rule, .service = service, .ordering_key = {}};
  const core::DeliveryKey key{core::EventSeq{last_seq_}, 0};
  Lane& lane = lanes_[service];
  ++lane.backlog;
  item.in_pending = !lane.flowing;
  if (item.in_pending) lane.pending.insert(key);
  return delivery_of(key, entry);
}

Result<std::optional<core::Job>> MemoryStore::job(core::JobId id) {
  const Lock lock{mutex_};
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return std::nullopt;
  return found->second.job;
}

Result<std::vector<core::JobId>> MemoryStore::running_jobs() {
  const Lock lock{mutex_};
  std::vector<core::JobId> running;
  for (const auto& [id, work] : jobs_) {
    if (work.job.state == core::JobState::kRunning) running.push_back(id);
  }
  return running;
}

}  // namespace mih::store::memory
