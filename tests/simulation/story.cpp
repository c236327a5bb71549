#include "simulation/story.hpp"

#include <utility>

namespace mih::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A run that needs more steps than this does not come to rest.
constexpr std::int64_t kMostSteps = 2'000'000;
constexpr milliseconds kPatience{20};
constexpr seconds kLatestReply{6};

}  // namespace

Outcome simulate(std::uint64_t seed, Trace::Sink sink) {
  return Story{seed, std::move(sink)}.run();
}

Story::Story(std::uint64_t seed, Trace::Sink sink)
    : trace_(timeline_, std::move(sink)),
      random_(seed),
      schedule_(make_schedule(random_)),
      judge_(trace_, store_,
             schedule_.network.late_replies ? nanoseconds{kLatestReply} : nanoseconds{kPatience}),
      network_(timeline_, random_.fork(), schedule_.network,
               [this](const core::Request& request) { judge_.on_arrival(request); }),
      moodle_(timeline_, random_.fork(), schedule_.moodle),
      hub_(timeline_, store_, network_, moodle_, judge_, trace_, random_.fork(), schedule_.hub) {}

Outcome Story::run() {
  set_up();
  hub_.start();
  plan();
  advance_until(timeline_.steady() + schedule_.duration);
  settle();
  judge_.check_end();
  check_outage();
  count_what_happened();
  return {trace_.violation(), std::move(tally_)};
}

void Story::set_up() {
  const auto now = timeline_.now().wall;
  core::Settings settings;
  settings.event_retention = minutes{1};
  settings.max_log_entries = 10;
  (void)store_.save_settings(settings);
  for (const auto& service : schedule_.services)
    (void)store_.save_service(service, now);
  for (const auto& rule : schedule_.rules) {
    auto saved = store_.save_rule(rule, now).value();
    saved.endpoint = fmt::format("/rule-{}?v=1", saved.id.value);
    (void)store_.save_rule(saved, now);
  }
  for (const auto& service : *store_.services()) {
    if (schedule_.flavour != Flavour::kOutage && random_.chance(0.3)) {
      network_.poison(service.id, static_cast<char>('0' + random_.between(0, 9)),
                      random_.pick({404, 500, 410}));
    }
  }
}

template <class Act>
void Story::plan_times(int count, Act act) {
  for (int i = 0; i < count; ++i) {
    const auto time = random_.between(nanoseconds{0}, schedule_.duration);
    timeline_.after(time, [this, act] {
      if (!settling_) (this->*act)();
    });
  }
}

void Story::plan() {
  plan_times(schedule_.bursts, &Story::post_burst);
  plan_times(schedule_.mood_changes, &Story::change_mood);
  plan_times(schedule_.edits, &Story::edit);
  plan_times(schedule_.interventions, &Story::intervene);
  plan_times(schedule_.gateway_calls, &Story::call);
  plan_times(schedule_.enqueued_calls, &Story::enqueue);
  plan_times(schedule_.kills, &Story::kill);
  plan_times(schedule_.stops, &Story::stop);
  plan_times(schedule_.disk_failures, &Story::break_disk);
  plan_times(schedule_.clock_jumps, &Story::set_clock);
  plan_times(schedule_.absences, &Story::leave);
  plan_times(schedule_.person_changes, &Story::change_person);
  if (moodle_.refuses()) judge_.expect_refused_look_ups();
  if (schedule_.flavour != Flavour::kOutage) return;
  for (const auto& service : *store_.services())
    begin_outage(service.id);
}

void Story::advance_until(SteadyTime time) {
  while (!trace_.violation() && !timeline_.empty() && timeline_.next_time() <= time) {
    timeline_.step();
    if (++steps_ > kMostSteps) trace_.violation("the run does not come to rest");
  }
}

template <class Condition>
void Story::advance_until_true(nanoseconds limit, Condition condition) {
  const auto end = timeline_.steady() + limit;
  while (!trace_.violation() && !condition()) {
    if (timeline_.empty()) {
      trace_.violation("everything sleeps for ever");
    } else if (timeline_.next_time() > end) {
      trace_.violation("{} deliveries do not end", judge_.open());
    } else {
      advance_until(timeline_.next_time());
    }
  }
}

/// From here on nothing goes wrong any more. What is parked stays parked for a while, to see that
/// nothing waits there that need not; then everything must end.
void Story::settle() {
  if (trace_.violation()) return;
  trace_.line("from here on everything works");
  settling_ = true;
  network_.heal();
  moodle_.set_away(false);
  hub_.set_disk(true);
  advance_until_true(minutes{1}, [&] { return hub_.running(); });
  advance_until(timeline_.steady() + minutes{2});
  judge_.check_no_orphans();
  open_everything();
  advance_until_true(
      hours{6}, [&] { return judge_.open() == 0 && judge_.all_calls_answered() && hub_.quiet(); });
}

void Story::open_everything() {
  hub_.configure([this](store::Store& store) {
    for (auto service : *store_.services()) {
      service.enabled = true;
      service.paused = false;
      (void)store.save_service(service, timeline_.now().wall);
    }
  });
}

/// An outage costs time, not events.
void Story::check_outage() {
  if (schedule_.flavour != Flavour::kOutage || trace_.violation()) return;
  const auto dead = *store_.dead_letter_count();
  if (dead > 0) trace_.violation("an outage cost {} deliveries", dead);
}

void Story::count_what_happened() {
  ++tally_["seeds"];
  tally_["steps"] += steps_;
  const auto totals = *store_.totals();
  tally_["events"] += totals.events_accepted;
  tally_["deliveries"] += totals.created;
  tally_["delivered"] += totals.delivered;
  for (const auto reason :
       {core::DeadReason::kRejected, core::DeadReason::kExhausted, core::DeadReason::kExpired,
        core::DeadReason::kTemplate, core::DeadReason::kUnroutable, core::DeadReason::kOverflow,
        core::DeadReason::kCancelled, core::DeadReason::kRuleDeleted,
        core::DeadReason::kServiceDeleted}) {
    tally_[fmt::format("dead: {}", core::name_of(reason))] += judge_.dead(reason);
  }
}

}  // namespace mih::simulation
