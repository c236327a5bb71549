#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "base/crash_point.hpp"
#include "store/sqlite/store_impl.hpp"

/// Bulk actions on dead letters.
namespace mih::store::sqlite {

Result<core::JobId> SqliteStore::add_job(core::JobKind kind, core::ReplayMode mode, WallTime now) {
  core::JobId job;
  auto done = write([&] { job = jobs_.add(kind, mode, now); });
  if (!done) return fail(done);
  return job;
}

Result<void> SqliteStore::extend_job(core::JobId job,
                                     const std::vector<core::DeadLetterId>& letters) {
  return write([&] { jobs_.extend(job, letters); });
}

Result<core::Job> SqliteStore::start_job(core::JobId id) {
  std::optional<core::Job> job;
  auto done = write([&] {
    jobs_.start(id);
    job = jobs_.find(id);
  });
  if (!done) return fail(done);
  if (!job) return fail(ErrorCode::kNotFound, fmt::format("There is no job {}.", id.value));
  crash_point(CrashPoint::kJobStarted);
  return std::move(*job);
}

Result<core::Job> SqliteStore::step_job(core::JobId id, std::size_t limit, WallTime now,
                                        std::vector<core::Delivery>& ready) {
  std::optional<core::Job> job;
  std::vector<core::Delivery> opened;
  auto done = write([&] {
    job = jobs_.find(id);
    if (!job || job->state != core::JobState::kRunning) return;
    const auto letters = jobs_.next_letters(id, limit);
    for (const auto letter : letters)
      do_letter(*job, letter, now, opened);
    job->done += std::ssize(letters);
    if (letters.size() < limit) job->state = core::JobState::kDone;
    jobs_.advance(*job, letters);
  });
  if (!done) return fail(done);
  if (!job) return fail(ErrorCode::kNotFound, fmt::format("There is no job {}.", id.value));
  crash_point(CrashPoint::kJobStepCommitted);
  std::ranges::move(opened, std::back_inserter(ready));
  return std::move(*job);
}

void SqliteStore::do_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                            std::vector<core::Delivery>& ready) {
  switch (job.kind) {
    case core::JobKind::kReplay:
      return replay_letter(job, id, now, ready);
    case core::JobKind::kDelete:
      return remove_letter(job, id);
  }
}

void SqliteStore::remove_letter(core::Job& job, core::DeadLetterId id) {
  const auto letter = dead_letters_.find(id);
  if (!letter) return job.skip(id, "there is none");
  if (letter->replaying) return job.skip(id, "it is being replayed");
  dead_letters_.erase(id);
  --ledger_.head.dead_letters;
  crash_point(CrashPoint::kInDeadLetterRemoval);
  ++job.succeeded;
}

void SqliteStore::replay_letter(core::Job& job, core::DeadLetterId id, WallTime now,
                                std::vector<core::Delivery>& ready) {
  const auto letter = dead_letters_.find(id);
  const auto service = replayable(letter, job.mode);
  if (!service) return job.skip(id, service.error());
  if (letter->reason == core::DeadReason::kInbound) {
    replay_inbound(*letter, *service, now);
  } else {
    reopen(*letter, *service, job.mode, now, ready);
  }
  crash_point(CrashPoint::kInReplay);
  ++job.succeeded;
}

std::expected<core::ServiceId, std::string> SqliteStore::replayable(
    const std::optional<core::DeadLetter>& letter, core::ReplayMode mode) const {
  if (!letter) return std::unexpected("there is none");
  if (letter->replaying) return std::unexpected("it is being replayed already");
  if (mode == core::ReplayMode::kAsSent) {
    if (letter->method.empty()) return std::unexpected("it was never sent");
  } else if (letter->rule && !registry_.rule_name(letter->rule)) {
    return std::unexpected("its rule was deleted");
  }
  core::ServiceId service = letter->service;
  const auto* facts = registry_.service(service);
  // A service that was deleted and made again under its name serves the old letters too.
  if (!facts) facts = registry_.service(letter->service_name, service);
  if (!facts) return std::unexpected("its service was deleted");
  if (letter->reason == core::DeadReason::kInbound) return service;
  if (ledger_.lane(service).backlog >= facts->max_backlog) {
    return std::unexpected(fmt::format("the backlog of service {} is full", facts->name));
  }
  return service;
}

void SqliteStore::reopen(const core::DeadLetter& letter, core::ServiceId service,
                         core::ReplayMode mode, WallTime now, std::vector<core::Delivery>& ready) {
  const core::FanOut decided{.rule = letter.rule, .service = service, .ordering_key = {}};
  const bool as_sent = mode == core::ReplayMode::kAsSent;
  auto event = std::make_shared<core::Event>(*letter.event);
  event->accepted = now;
  queue_.append_replay(*event, decided,
                       {.letter = letter.id, .origin = letter.key.event, .as_sent = as_sent});
  queue_.supersede(letter.key);
  dead_letters_.set_replaying(letter.id);
  --ledger_.head.totals.dead;
  LaneCounters& lane = ledger_.change(service);
  ++lane.backlog;
  const core::DeliveryKey key{event->seq, 0};
  if (!lane.flowing) {
    queue_.spill(key, decided);
    ledger_.append(0);
    return;
  }
  ledger_.append(1);
  core::Delivery delivery{.key = key,
                          .rule = decided.rule,
                          .service = service,
                          .ordering_key = {},
                          .event = std::move(event),
                          .progress = {},
                          .replay_of = letter.id};
  if (as_sent) {
    delivery.as_sent = std::make_shared<const core::SentRequest>(
        core::SentRequest{letter.method, letter.url, letter.headers, letter.payload});
  }
  ready.push_back(std::move(delivery));
}

}  // namespace mih::store::sqlite
