#include "store/writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/crash_point.hpp"

namespace mih::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{20};
constexpr milliseconds kLongestWait{1'000};
/// How often the injected clock is looked at while waiting for it.
constexpr milliseconds kPoll{10};
/// So long a commit that the store refused counts as trouble.
constexpr std::chrono::seconds kRemembered{10};
/// Without requests for so long, the writer is idle.
constexpr milliseconds kIdle{100};
constexpr std::chrono::seconds kCareInterval{5};
/// Together with how long the store holds back, what a crash takes of it is less than a second old.
constexpr milliseconds kLearnInterval{500};
/// How long plain successes wait for company, so that they do not each cost a synced commit. After
/// a crash those that were not committed are delivered again.
constexpr milliseconds kGather{5};
/// What a message takes up besides its body.
constexpr std::size_t kMessageOverhead = 512;

Error stopping_error() {
  return {ErrorCode::kStarting, "stopping; send it again later", {}};
}
Error busy_error() {
  return {ErrorCode::kBusy, "the store cannot keep up; send it again in a second", {}};
}

/// Makes of an answer with a result one with an error.
template <class Answer>
std::move_only_function<void(Error)> refusing(Answer done) {
  return [done = std::move(done)](Error error) mutable { done(std::unexpected(std::move(error))); };
}

}  // namespace

Writer::Writer(Store& store, const Clock& clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)), thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  submitted_.notify_one();
  thread_.join();
}

void Writer::submit(Request request) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(request));
  }
  submitted_.notify_one();
}

void Writer::accept(std::vector<EventEntry> events, std::uint64_t rules_version, IntakeDone done) {
  {
    const std::lock_guard lock{mutex_};
    if (refusing_) {
      waiting_.push_back(Refusal{stopping_error(), refusing(std::move(done))});
    } else if (waiting_events_ > 0 &&
               waiting_events_ + events.size() > options_.max_waiting_events) {
      waiting_.push_back(Refusal{busy_error(), refusing(std::move(done))});
    } else {
      waiting_events_ += events.size();
      waiting_.push_back(AcceptRequest{std::move(events), rules_version, std::move(done)});
    }
  }
  submitted_.notify_one();
}

void Writer::accept_inbound(InboundEntry entry, InboundDone done) {
  {
    const std::lock_guard lock{mutex_};
    const std::size_t bytes = entry.message.body.size() + kMessageOverhead;
    if (refusing_) {
      waiting_.push_back(Refusal{stopping_error(), refusing(std::move(done))});
    } else if (waiting_inbound_ > 0 && waiting_inbound_ + bytes > options_.max_waiting_inbound) {
      waiting_.push_back(Refusal{busy_error(), refusing(std::move(done))});
    } else {
      waiting_inbound_ += bytes;
      waiting_.push_back(AcceptInbound{std::move(entry), std::move(done)});
    }
  }
  submitted_.notify_one();
}

void Writer::record(std::vector<DeliveryUpdate> updates, std::vector<core::CircuitRecord> circuits,
                    std::vector<CallRecord> calls, Done done) {
  submit(RecordRequest{
      std::move(updates), std::move(circuits), std::move(calls), {}, std::move(done)});
}

void Writer::record_inbound(InboundOutcome outcome, CallRecord call, Done done) {
  RecordRequest request;
  request.calls.push_back(std::move(call));
  request.handed_over.push_back(std::move(outcome));
  request.done = std::move(done);
  submit(std::move(request));
}

void Writer::run(Task task) {
  submit(std::move(task));
}

void Writer::set_rules_version(std::uint64_t version) {
  rules_version_ = version;
}

bool Writer::in_trouble() const {
  if (failing_) return true;
  const SteadyTime refused = refused_;
  // Whoever sends nothing because of this would else never find out that it is over.
  return refused != kTaken && clock_.now().steady - refused < kRemembered;
}

void Writer::refuse_intake() {
  const std::lock_guard lock{mutex_};
  refusing_ = true;
}

void Writer::loop() {
  while (wait_for_work()) {
    if (failure_) refuse_taken_intake(*failure_);
    fill_group();
    commit_group();
    failing_ = failure_.has_value();
    if (failure_) continue;
    run_tasks();
    if (clock_.now().steady >= next_learning_) learn();
    // Reads alone keep the writer from being idle, but make no commit that would take care.
    if (needs_care_ && clock_.now().steady >= next_care_) care();
  }
  crash_point(CrashPoint::kBeforeLastFlush);
  learn();
  // What is held back goes with a graceful stop; if it cannot, it is only log rows and statistics.
  (void)store_.flush(clock_.now().wall);
}

bool Writer::wait_for_work() {
  std::unique_lock lock{mutex_};
  if (failure_) {
    if (!wait_to_try_again(lock)) return false;
  } else {
    while (waiting_.empty() && taken_.empty() && !stopping_) {
      if (submitted_.wait_for(lock, kIdle) == std::cv_status::no_timeout) continue;
      if (!waiting_.empty() || stopping_) break;
      lock.unlock();
      care_while_idle();
      lock.lock();
    }
    if (waiting_.empty() && taken_.empty()) return false;
    if (taken_.empty()) gather(lock);
  }
  std::ranges::move(waiting_, std::back_inserter(taken_));
  waiting_.clear();
  return true;
}

bool Writer::RecordRequest::urgent() const {
  return !circuits.empty() || std::ranges::any_of(updates, [](const DeliveryUpdate& update) {
    return update.progress.state != core::DeliveryState::kDelivered;
  });
}

void Writer::gather(std::unique_lock<std::mutex>& lock) {
  const auto pressing = [&] {
    return stopping_ || waiting_.size() >= options_.max_group ||
           std::ranges::any_of(waiting_, [](const Request& item) {
             const auto* record = std::get_if<RecordRequest>(&item);
             return !record || record->urgent();
           });
  };
  submitted_.wait_for(lock, kGather, pressing);
}

bool Writer::wait_to_try_again(std::unique_lock<std::mutex>& lock) {
  while (!stopping_ && clock_.now().steady < try_again_) {
    submitted_.wait_for(lock, kPoll);
    if (std::ranges::any_of(waiting_, is_intake)) break;
  }
  return !stopping_ || tries_when_stopping_-- > 0;
}

void Writer::learn() {
  if (!options_.learned) return;
  next_learning_ = clock_.now().steady + kLearnInterval;
  auto learned = options_.learned(store_.kept_since());
  if (learned.empty()) return;
  store_.learn(std::move(learned));
  needs_flush_ = true;
}

void Writer::care_while_idle() {
  const Now now = clock_.now();
  if (now.steady >= next_learning_) learn();
  if (needs_flush_ && store_.flush(now.wall)) needs_flush_ = false;
  if (needs_care_ || now.steady >= next_care_) care();
}

void Writer::care() {
  const Now now = clock_.now();
  const auto more = store_.maintain(now.wall);
  needs_care_ = more.value_or(false);
  next_care_ = now.steady + kCareInterval;
}

void Writer::fill_group() {
  while (!taken_.empty() && group_.size() < options_.max_group) {
    Request& next = taken_.front();
    if (std::holds_alternative<Task>(next)) return;
    if (auto* refusal = std::get_if<Refusal>(&next)) {
      take(std::move(*refusal));
    } else if (auto* accept = std::get_if<AcceptRequest>(&next)) {
      take(std::move(*accept));
    } else if (auto* inbound = std::get_if<AcceptInbound>(&next)) {
      take(std::move(*inbound));
    } else {
      take(std::move(std::get<RecordRequest>(next)));
    }
    taken_.pop_front();
  }
}

void Writer::take(AcceptRequest request) {
  {
    const std::lock_guard lock{mutex_};
    waiting_events_ -= request.events.size();
  }
  if (request.rules_version != rules_version_ && options_.rematch) {
    options_.rematch(request.events);
  }
  group_.intake.push_back({request.events.size(), std::move(request.done)});
  std::ranges::move(request.events, std::back_inserter(group_.batch.events));
}

void Writer::take(AcceptInbound request) {
  {
    const std::lock_guard lock{mutex_};
    waiting_inbound_ -= request.entry.message.body.size() + kMessageOverhead;
  }
  group_.inbound.push_back(std::move(request.done));
  group_.batch.inbound.push_back(std::move(request.entry));
}

void Writer::take(Refusal refusal) {
  refusal.done(std::move(refusal.error));
}

bool Writer::is_intake(const Request& request) {
  return std::holds_alternative<AcceptRequest>(request) ||
         std::holds_alternative<AcceptInbound>(request);
}

void Writer::take(RecordRequest request) {
  Batch& batch = group_.batch;
  std::ranges::move(request.handed_over, std::back_inserter(batch.handed_over));
  std::ranges::move(request.updates, std::back_inserter(batch.updates));
  std::ranges::move(request.circuits, std::back_inserter(batch.circuits));
  std::ranges::move(request.calls, std::back_inserter(batch.calls));
  group_.recorded.push_back(std::move(request.done));
}

bool Writer::stopping() {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

bool Writer::disk_is_low() const {
  return options_.free_disk && options_.free_disk() < options_.min_free_disk;
}

void Writer::commit_group() {
  const Now now = clock_.now();
  if (group_.has_intake() && disk_is_low()) {
    refuse_group_intake({ErrorCode::kDiskFull,
                         "the disk of the data directory is nearly full; free some space",
                         {}});
  }
  if (!group_.has_intake() && group_.recorded.empty()) return;
  // Intake that came while outcomes wait to be tried again was refused, so there is time.
  if (failure_ && now.steady < try_again_ && !stopping()) return;
  if (!group_.intake.empty()) crash_point(CrashPoint::kIntakeTaken);
  group_.batch.now = now.wall;
  if (auto done = store_.commit(group_.batch); done) {
    commit_times_.add(
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().steady - now.steady));
    committed();
  } else {
    failed(done.error());
  }
}

void Writer::committed() {
  failure_.reset();
  refused_ = kTaken;
  tries_ = 0;
  Group group = std::exchange(group_, {});
  needs_flush_ = needs_flush_ || !group.batch.calls.empty() || !group.batch.updates.empty() ||
                 !group.batch.events.empty();
  needs_care_ = true;
  if (!group.batch.circuits.empty()) crash_point(CrashPoint::kCircuitCommitted);
  if (!group.recorded.empty()) crash_point(CrashPoint::kOutcomeCommitted);
  if (!group.intake.empty()) crash_point(CrashPoint::kIntakeCommitted);
  if (!group.batch.ready.empty() && options_.dispatch) {
    options_.dispatch(std::move(group.batch.ready));
  }
  if (!group.intake.empty()) crash_point(CrashPoint::kDispatched);
  if (!group.inbound.empty()) crash_point(CrashPoint::kInboundCommitted);
  if (options_.committed) options_.committed(group.batch);
  auto from = group.batch.events.begin();
  for (auto& answer : group.intake) {
    const auto to = from + static_cast<std::ptrdiff_t>(answer.count);
    answer.done(Intake{{std::move_iterator{from}, std::move_iterator{to}}});
    from = to;
    crash_point(CrashPoint::kAnswered);
  }
  for (std::size_t i = 0; i < group.inbound.size(); ++i)
    group.inbound[i](std::move(group.batch.inbound[i]));
  for (auto& done : group.recorded) {
    if (done) done();
  }
}

void Writer::failed(const Error& error) {
  refused_ = clock_.now().steady;
  refuse_group_intake(error);
  if (group_.recorded.empty()) return;
  failure_ = error;
  const auto wait = std::min(kFirstWait * (1 << std::min(tries_, 10)), kLongestWait);
  try_again_ = clock_.now().steady + wait;
  ++tries_;
}

void Writer::refuse_group_intake(const Error& error) {
  for (auto& answer : group_.intake)
    answer.done(std::unexpected(error));
  group_.intake.clear();
  group_.batch.events.clear();
  for (auto& done : group_.inbound)
    done(std::unexpected(error));
  group_.inbound.clear();
  group_.batch.inbound.clear();
}

void Writer::refuse_taken_intake(const Error& error) {
  std::deque<Request> kept;
  for (auto& request : taken_) {
    if (!is_intake(request)) {
      kept.push_back(std::move(request));
      continue;
    }
    // By way of the group, which counts them as taken.
    if (auto* accept = std::get_if<AcceptRequest>(&request)) take(std::move(*accept));
    if (auto* inbound = std::get_if<AcceptInbound>(&request)) take(std::move(*inbound));
  }
  taken_ = std::move(kept);
  refuse_group_intake(error);
}

void Writer::run_tasks() {
  while (!taken_.empty() && std::holds_alternative<Task>(taken_.front())) {
    Task task = std::move(std::get<Task>(taken_.front()));
    taken_.pop_front();
    task(store_);
    needs_care_ = true;
  }
}

}  // namespace mih::store
