#include "simulation/simulated_writer.hpp"

#include <iterator>
#include <utility>

namespace mih::simulation {
namespace {

using std::chrono::milliseconds;

constexpr nanoseconds kGather{milliseconds{5}};

bool is_urgent(const std::vector<store::DeliveryUpdate>& updates,
               const std::vector<core::CircuitRecord>& circuits) {
  return !circuits.empty() || std::ranges::any_of(updates, [](const auto& update) {
    return update.progress.state != core::DeliveryState::kDelivered;
  });
}

}  // namespace

SimulatedWriter::SimulatedWriter(Timeline& timeline, store::memory::MemoryStore& store,
                                 Random random, Options options)
    : timeline_(timeline),
      store_(store),
      random_(random),
      options_(std::move(options)),
      life_(timeline) {}

void SimulatedWriter::submit(Request request, nanoseconds gather) {
  waiting_.push_back(std::move(request));
  if (planned_ || busy_) return;
  planned_ = true;
  life_.after(gather, [this] { begin(); });
}

void SimulatedWriter::accept(std::vector<store::EventEntry> events, std::uint64_t rules_version,
                             IntakeDone done) {
  if (refusing_ || tries_ > 0) {
    done(std::unexpected(Error{ErrorCode::kBusy, "refused", {}}));
    return;
  }
  submit(AcceptRequest{std::move(events), rules_version, std::move(done)}, nanoseconds{0});
}

void SimulatedWriter::record(std::vector<store::DeliveryUpdate> updates,
                             std::vector<core::CircuitRecord> circuits,
                             std::vector<store::CallRecord> calls, Done done) {
  const auto gather = is_urgent(updates, circuits) ? nanoseconds{0} : kGather;
  submit(RecordRequest{std::move(updates), std::move(circuits), std::move(calls), std::move(done)},
         gather);
}

void SimulatedWriter::run(Task task) {
  submit(std::move(task), nanoseconds{0});
}

void SimulatedWriter::begin() {
  planned_ = false;
  while (!waiting_.empty() && group_.size() < options_.max_group) {
    if (std::holds_alternative<Task>(waiting_.front())) break;
    if (auto* accept = std::get_if<AcceptRequest>(&waiting_.front())) {
      take(std::move(*accept));
    } else {
      take(std::move(std::get<RecordRequest>(waiting_.front())));
    }
    waiting_.pop_front();
  }
  if (group_.intake.empty() && group_.recorded.empty()) {
    run_tasks();
    return;
  }
  busy_ = true;
  group_.batch.now = timeline_.now().wall;
  life_.after(random_.between(options_.shortest_commit, options_.longest_commit),
              [this] { end(); });
}

void SimulatedWriter::take(AcceptRequest request) {
  if (request.rules_version != rules_version_) options_.rematch(request.events);
  group_.intake.push_back({request.events.size(), std::move(request.done)});
  std::ranges::move(request.events, std::back_inserter(group_.batch.events));
}

void SimulatedWriter::take(RecordRequest request) {
  auto& batch = group_.batch;
  std::ranges::move(request.updates, std::back_inserter(batch.updates));
  std::ranges::move(request.circuits, std::back_inserter(batch.circuits));
  std::ranges::move(request.calls, std::back_inserter(batch.calls));
  group_.recorded.push_back(std::move(request.done));
}

void SimulatedWriter::end() {
  if (options_.works() && store_.commit(group_.batch)) {
    committed();
  } else {
    failed();
  }
}

void SimulatedWriter::committed() {
  busy_ = false;
  tries_ = 0;
  Group group = std::exchange(group_, {});
  options_.committed(group.batch);
  if (!group.batch.ready.empty()) options_.dispatch(std::move(group.batch.ready));
  auto from = group.batch.events.begin();
  for (auto& answer : group.intake) {
    const auto to = from + static_cast<std::ptrdiff_t>(answer.count);
    answer.done(store::Intake{{std::move_iterator{from}, std::move_iterator{to}}});
    from = to;
  }
  for (auto& done : group.recorded)
    done();
  run_tasks();
}

void SimulatedWriter::failed() {
  refuse_intake_of(group_);
  if (group_.recorded.empty()) {
    busy_ = false;
    run_tasks();
    return;
  }
  const auto wait = std::min(milliseconds{20} * (1 << std::min(tries_, 10)), milliseconds{1'000});
  ++tries_;
  life_.after(wait, [this] { end(); });
}

void SimulatedWriter::refuse_intake_of(Group& group) {
  for (auto& answer : group.intake)
    answer.done(std::unexpected(Error{ErrorCode::kStoreFailed, "the disk failed", {}}));
  group.intake.clear();
  group.batch.events.clear();
}

void SimulatedWriter::run_tasks() {
  while (!waiting_.empty() && std::holds_alternative<Task>(waiting_.front())) {
    Task task = std::move(std::get<Task>(waiting_.front()));
    waiting_.pop_front();
    task(store_);
  }
  if (waiting_.empty() || planned_) return;
  planned_ = true;
  life_.after(nanoseconds{0}, [this] { begin(); });
}

void SimulatedWriter::kill() {
  if (!busy_ || tries_ > 0 || !options_.works() || random_.chance(0.5)) return;
  if (store_.commit(group_.batch)) options_.committed(group_.batch);
}

}  // namespace mih::simulation
