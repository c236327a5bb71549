#include "simulation/schedule.hpp"

namespace mih::simulation {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

int up_to(Random& random, int most) {
  return static_cast<int>(random.between(0, most));
}

Flavour random_flavour(Random& random) {
  const double draw = random.fraction();
  if (draw < 0.1) return Flavour::kCalm;
  if (draw < 0.7) return Flavour::kMixed;
  if (draw < 0.84) return Flavour::kOutage;
  if (draw < 0.88) return Flavour::kFlood;
  return Flavour::kGateway;
}

Hub::Options random_hub(Random& random) {
  Hub::Options hub;
  hub.max_in_memory = random.pick({1, 50'000});
  hub.max_unrecorded = random.pick({1, 3, 20, 20'000});
  hub.max_group = random.pick({1, 3, 2'000});
  hub.shortest_commit = microseconds{random.pick({10, 1'000, 5'000})};
  hub.longest_commit = hub.shortest_commit + milliseconds{random.pick({0, 1, 20, 300})};
  return hub;
}

void add_exceptions(Random& random, core::Service& service) {
  service.cb_slow_ms = random.chance(0.2) ? random.pick({1, 100}) : 0;
  if (random.chance(0.15)) service.retry_on = {random.chance(0.5) ? "404" : "4xx"};
  if (random.chance(0.15)) service.reject_on = {random.pick({"500", "409", "503"})};
  service.retry_jitter = random.pick({0.0, 0.0, 0.5, 1.0});
  service.max_backlog = random.chance(0.2) ? random.pick({1, 5, 20}) : 5'000'000;
  service.max_age = random.pick<milliseconds>({seconds{0}, seconds{15}, minutes{5}, hours{72}});
}

void count_events(Random& random, Schedule& schedule) {
  schedule.bursts = static_cast<int>(random.between(1, 20));
  schedule.longest_burst = random.pick({1, 3, 6});
  if (schedule.flavour == Flavour::kFlood) {
    schedule.bursts = static_cast<int>(random.between(3, 8));
    schedule.longest_burst = 60;
  }
}

void count_disturbances(Random& random, Schedule& schedule) {
  schedule.kills = random.chance(0.5) ? up_to(random, 4) : 0;
  schedule.stops = random.chance(0.2) ? 1 : 0;
  schedule.absences = random.chance(0.5) ? up_to(random, 3) : 0;
  schedule.person_changes = random.chance(0.5) ? up_to(random, 10) : 0;
  schedule.disk_failures = random.chance(0.3) ? up_to(random, 3) : 0;
  if (schedule.flavour == Flavour::kCalm) return;
  schedule.gateway_calls = random.chance(0.3) ? up_to(random, 10) : 0;
  schedule.enqueued_calls = random.chance(0.3) ? up_to(random, 10) : 0;
  if (schedule.flavour == Flavour::kOutage) return;
  schedule.mood_changes = up_to(random, 10);
  schedule.edits = random.chance(0.5) ? up_to(random, 10) : 0;
  schedule.interventions = random.chance(0.6) ? up_to(random, 12) : 0;
  schedule.clock_jumps = random.chance(0.3) ? up_to(random, 3) : 0;
  if (schedule.flavour == Flavour::kGateway) schedule.gateway_calls = 10 + up_to(random, 30);
}

}  // namespace

core::Service random_service(Random& random, Flavour flavour, int number) {
  core::Service service;
  service.name = fmt::format("service-{}", number);
  service.base_url = fmt::format("http://{}.example", service.name);
  service.timeout = milliseconds{random.pick({500, 2'000, 5'000})};
  service.max_retries = random.pick({0, 1, 2, 3, 3, 5});
  service.retry_backoff = milliseconds{random.pick({0, 100, 1'000, 1'000, 2'000, 40'000})};
  service.cb_failure_threshold = random.pick({0, 1, 2, 3, 5, 5, 50});
  service.cb_cooldown = seconds{random.pick({1, 5, 30, 200})};
  service.max_concurrency = random.pick({1, 2, 3, 8});
  service.rate_limit = random.chance(0.25) ? random.pick({0.5, 2.0, 15.0, 50.0}) : 0;
  if (random.chance(0.25)) {
    service.cb_mode = core::CircuitMode::kRate;
    service.cb_rate = random.pick({0.2, 0.5, 1.0});
    service.cb_window = seconds{random.pick({2, 10, 60})};
    service.cb_min_calls = random.pick({1, 3, 10});
  }
  if (flavour != Flavour::kOutage) add_exceptions(random, service);
  if (flavour == Flavour::kOutage) {
    service.max_retries = std::max<std::int64_t>(service.max_retries, 1);
    service.retry_backoff = std::min<milliseconds>(service.retry_backoff, seconds{2});
    service.cb_failure_threshold = random.pick({1, 3, 5});
  }
  if (flavour == Flavour::kFlood) service.rate_limit = 0;
  return service;
}

core::Rule random_rule(Random& random, const core::Service& service, int number) {
  core::Rule rule;
  rule.name = fmt::format("rule {}", number);
  rule.eventname = random.pick({"*", "\\core\\event\\*", "\\core\\event\\user_created",
                                "\\mod_quiz\\event\\attempt_submitted"});
  rule.service = service.id;
  rule.service_name = service.name;
  rule.ordering_key = random.pick({"", "", "all", "{{userid}}"});
  if (random.chance(0.15)) {
    rule.dedupe_window = seconds{random.pick({1, 20, 600})};
    rule.dedupe_key = random.pick({"", "{{userid}}"});
  }
  if (random.chance(0.25)) {
    rule.payload_template = R"({"id":"{{id}}","mail":{{user.email}},"user":{{userid}}})";
  }
  return rule;
}

Schedule make_schedule(Random& random) {
  Schedule schedule;
  schedule.flavour = random_flavour(random);
  schedule.duration = seconds{random.pick({10, 60, 600})};
  if (schedule.flavour == Flavour::kOutage) schedule.duration = minutes{30};
  schedule.hub = random_hub(random);
  const bool steady = schedule.flavour == Flavour::kCalm || schedule.flavour == Flavour::kOutage;
  schedule.network.longest_latency = milliseconds{random.pick({5, 50, steady ? 50 : 800})};
  schedule.moodle.longest_latency = milliseconds{random.pick({1, 20, 2'000})};
  schedule.moodle.refuses = schedule.flavour == Flavour::kMixed && random.chance(0.05);
  schedule.network.late_replies = !steady && random.chance(0.1);
  const int services = 1 + up_to(random, schedule.flavour == Flavour::kFlood ? 1 : 3);
  for (int number = 1; number <= services; ++number)
    schedule.services.push_back(random_service(random, schedule.flavour, number));
  const int rules = 1 + up_to(random, schedule.flavour == Flavour::kFlood ? 2 : 4);
  for (int number = 1; number <= rules; ++number)
    schedule.rules.push_back(random_rule(random, random.pick_from(schedule.services), number));
  count_events(random, schedule);
  count_disturbances(random, schedule);
  return schedule;
}

}  // namespace mih::simulation
