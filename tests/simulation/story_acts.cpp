#include <utility>

#include "simulation/story.hpp"

/// What the schedule does to the hub.
namespace mih::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kStopPatience{10};

template <class List>
auto ids_of(const List& list) {
  std::vector<decltype(list.front().id)> ids;
  for (const auto& item : list)
    ids.push_back(item.id);
  return ids;
}

}  // namespace

std::shared_ptr<core::Event> Story::make_event() {
  auto event = std::make_shared<core::Event>();
  const bool repeat = last_event_ > 0 && random_.chance(0.05);
  event->id = fmt::format("e{}", repeat ? random_.between(1, last_event_) : ++last_event_);
  event->site = "default";
  const std::string_view name =
      random_.pick({"core\\event\\user_created", "core\\event\\course_viewed",
                    "mod_quiz\\event\\attempt_submitted"});
  event->name = fmt::format("\\{}", name);
  std::string escaped = event->name;
  for (auto at = escaped.find('\\'); at != std::string::npos; at = escaped.find('\\', at + 2))
    escaped.insert(at, 1, '\\');
  event->body = fmt::format(R"({{"eventname":"{}","userid":{},"id":"{}"}})", escaped,
                            random_.between(1, 3), event->id);
  return event;
}

void Story::post_burst() {
  std::vector<std::shared_ptr<core::Event>> events;
  for (auto count = random_.between(1, schedule_.longest_burst); count > 0; --count)
    events.push_back(make_event());
  hub_.post(std::move(events));
}

void Story::change_mood() {
  const auto services = ids_of(*store_.services());
  if (services.empty()) return;
  const auto service = random_.pick_from(services);
  const auto mood =
      random_.pick({Mood::kHealthy, Mood::kHealthy, Mood::kRefusing, Mood::kOutage, Mood::kErrors,
                    Mood::kThrottling, Mood::kSlow, Mood::kAnything, Mood::kAnything});
  trace_.line("service {} has mood {}", service.value, static_cast<int>(mood));
  network_.set_mood(service, mood);
  if (random_.chance(0.1)) network_.break_connections(service);
}

void Story::begin_outage(core::ServiceId service) {
  const auto begin = random_.between(nanoseconds{0}, minutes{15});
  const auto end = begin + random_.between(minutes{5}, minutes{14});
  timeline_.after(begin, [this, service] {
    trace_.line("service {} is out", service.value);
    network_.set_mood(service, Mood::kOutage);
    network_.break_connections(service);
  });
  timeline_.after(end, [this, service] {
    trace_.line("service {} is back", service.value);
    network_.set_mood(service, Mood::kHealthy);
  });
  ++tally_["outages"];
}

void Story::edit() {
  const auto services = *store_.services();
  const auto rules = *store_.rules();
  const auto now = timeline_.now().wall;
  ++tally_["edits"];
  if (random_.chance(0.1)) {
    hub_.configure([service = random_service(random_, schedule_.flavour, ++last_number_),
                    now](store::Store& store) { (void)store.save_service(service, now); });
    return;
  }
  if (services.empty()) return;
  if (random_.chance(0.15)) {
    const auto rule = random_rule(random_, random_.pick_from(services), ++last_number_);
    hub_.configure([rule, now](store::Store& store) {
      auto saved = store.save_rule(rule, now);
      if (!saved) return;
      saved->endpoint = fmt::format("/rule-{}?v=1", saved->id.value);
      (void)store.save_rule(*saved, now);
    });
    return;
  }
  if (random_.chance(0.6) || rules.empty()) {
    edit_service(random_.pick_from(services));
  } else {
    edit_rule(random_.pick_from(rules));
  }
}

void Story::edit_service(core::Service service) {
  const auto id = service.id;
  const auto now = timeline_.now().wall;
  if (random_.chance(0.12)) {
    trace_.line("service {} is deleted", id.value);
    hub_.configure([id, now](store::Store& store) { (void)store.remove_service(id, now); });
    return;
  }
  const auto other = random_service(random_, schedule_.flavour, ++last_number_);
  switch (random_.between(0, 6)) {
    case 0:
    case 1:
      service.paused = !service.paused;
      break;
    case 2:
    case 3:
      service.enabled = !service.enabled;
      break;
    case 4:
      service.name = other.name;
      service.base_url = other.base_url;
      break;
    case 5:
      service.cb_mode = other.cb_mode;
      service.cb_failure_threshold = other.cb_failure_threshold;
      service.cb_window = other.cb_window;
      service.cb_cooldown = other.cb_cooldown;
      break;
    default: {
      auto changed = other;
      changed.id = id;
      changed.created = service.created;
      service = changed;
    }
  }
  trace_.line("service {} is edited{}{}", id.value, service.paused ? ", paused" : "",
              service.enabled ? "" : ", disabled");
  hub_.configure([service, now](store::Store& store) { (void)store.save_service(service, now); });
}

void Story::edit_rule(core::Rule rule) {
  const auto id = rule.id;
  const auto now = timeline_.now().wall;
  if (random_.chance(0.15)) {
    trace_.line("rule {} is deleted", id.value);
    hub_.configure([id](store::Store& store) { (void)store.remove_rule(id); });
    return;
  }
  const auto services = *store_.services();
  switch (random_.between(0, 3)) {
    case 0:
      rule.enabled = !rule.enabled;
      break;
    case 1:
      rule.service = random_.pick_from(services).id;
      break;
    case 2:
      rule.ordering_key = random_.pick({"", "all", "{{userid}}"});
      break;
    default:
      rule.endpoint = fmt::format("/rule-{}?v={}", id.value, ++last_number_);
  }
  if (!rule.service) rule.enabled = false;
  trace_.line("rule {} is edited", id.value);
  hub_.configure([rule, now](store::Store& store) { (void)store.save_rule(rule, now); });
}

std::vector<core::DeadLetterId> Story::some_letters() {
  auto letters = *store_.find_dead_letters({});
  std::erase_if(letters, [&](auto) { return random_.chance(0.4); });
  return letters;
}

void Story::intervene() {
  const auto services = ids_of(*store_.services());
  if (services.empty()) return;
  const auto service = random_.pick_from(services);
  const auto draw = random_.between(0, 6);
  if (draw == 0) {
    trace_.line("service {} is reset", service.value);
    hub_.ask([this, service](delivery::Dispatcher& dispatcher, Now now) {
      dispatcher.reset_circuits({service}, now);
      judge_.on_reset({service}, now);
    });
  } else if (draw == 1) {
    const bool as_sent = random_.chance(0.4);
    ++tally_["replays"];
    hub_.start_job(core::JobKind::kReplay,
                   as_sent ? core::ReplayMode::kAsSent : core::ReplayMode::kCurrent,
                   some_letters());
  } else if (draw == 2) {
    hub_.start_job(core::JobKind::kDelete, {}, some_letters());
  } else if (draw == 3) {
    hub_.write([this](store::Store& store) { (void)store.maintain(timeline_.now().wall); });
  } else {
    const auto keys = judge_.open_keys(service);
    if (keys.empty()) return;
    const auto key = random_.pick_from(keys);
    if (draw == 4) {
      hub_.cancel(service, key);
    } else {
      hub_.retry_now(service, key);
    }
  }
}

void Story::kill() {
  if (!hub_.running()) return;
  ++tally_["kills"];
  hub_.kill();
  start_again(random_.between(nanoseconds{0}, seconds{random_.pick({1, 30})}));
}

void Story::start_again(nanoseconds wait) {
  timeline_.after(wait, [this] {
    if (!hub_.running()) hub_.start();
  });
}

void Story::stop() {
  if (!hub_.running()) return;
  trace_.line("the hub is to stop");
  ++tally_["stops"];
  hub_.stop_starting();
  end_stop(timeline_.steady() + kStopPatience);
}

void Story::end_stop(SteadyTime patience_over) {
  timeline_.after(milliseconds{100}, [this, patience_over] {
    if (!hub_.running()) return;
    if (!hub_.quiet() && timeline_.steady() < patience_over) return end_stop(patience_over);
    hub_.kill();
    start_again(seconds{1});
  });
}

void Story::break_disk() {
  trace_.line("the disk fails");
  ++tally_["disk failures"];
  hub_.set_disk(false);
  const auto most = milliseconds{random_.pick({100, 3'000, 30'000})};
  timeline_.after(random_.between(nanoseconds{0}, most), [this] { hub_.set_disk(true); });
}

void Story::set_clock() {
  const auto by = random_.between(seconds{0}, seconds{random_.pick({4, 60, 7'200})});
  const auto signed_by = random_.chance(0.5) ? by : -by;
  trace_.line("the clock is set by {} s", std::chrono::duration_cast<seconds>(signed_by).count());
  ++tally_["clock jumps"];
  timeline_.set_wall_clock(signed_by);
}

void Story::leave() {
  trace_.line("Moodle is away");
  ++tally_["absences of Moodle"];
  moodle_.set_away(true);
  const auto most = seconds{random_.pick({1, 30, 600})};
  timeline_.after(random_.between(nanoseconds{0}, most), [this] { moodle_.set_away(false); });
}

void Story::change_person() {
  const auto id = random_.between(1, 2);
  trace_.line("user {} is changed", id);
  hub_.person_changed(id, moodle_.change(id));
}

void Story::enqueue() {
  const auto services = ids_of(*store_.services());
  if (services.empty()) return;
  ++tally_["enqueued calls"];
  hub_.enqueue(random_.pick_from(services), ++last_number_);
}

void Story::call() {
  const auto services = ids_of(*store_.services());
  if (services.empty()) return;
  ++tally_["gateway calls"];
  hub_.call(random_.pick_from(services), milliseconds{random_.pick({50, 1'000, 5'000, 30'000})});
}

}  // namespace mih::simulation
