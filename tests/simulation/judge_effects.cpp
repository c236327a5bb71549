#include <algorithm>
#include <cmath>
#include <utility>

#include "core/service_call.hpp"
#include "simulation/judge.hpp"
#include "simulation/moodle.hpp"

/// What the dispatcher wants done: each thing must be due, allowed and what was expected.
namespace mih::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRounding{2};
constexpr milliseconds kLongestRetry{60'000};

std::string_view after(std::string_view text, std::string_view mark) {
  const auto at = text.rfind(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

}  // namespace

void Judge::on_effects(const delivery::Effects& effects, Now now) {
  for (const auto& record : effects.circuits)
    on_record(record, now);
  for (const auto& update : effects.updates)
    on_update(update, now);
  for (const auto& reached : effects.answers)
    on_answer(reached, now);
  for (const auto& send : effects.sends)
    on_send(send, now);
  check_nothing_missing();
  for (auto& [id, gateway] : gateways_) {
    const bool late = !gateway.answered && now.steady > gateway.deadline + patience_;
    if (late) trace_.violation("gateway call {} is not answered at its deadline", id);
    if (!gateway.answered && gateway.must_answer) {
      trace_.violation("gateway call {} had its last result and is not answered", id);
    }
  }
}

void Judge::check_nothing_missing() {
  for (const auto index : std::exchange(awaited_, {})) {
    Known& known = known_[index];
    if (known.expected || (known.cancelled && known.current.phase == Phase::kOpen)) {
      trace_.violation("nothing became of what happened to the {}", name(known));
    }
  }
  for (auto& [id, line] : lines_) {
    if (!line.changes.empty() && line.settings) {
      trace_.violation("a change of the circuit of service {} was not recorded", id.value);
    }
    line.changes.clear();
  }
}

void Judge::on_record(const core::CircuitRecord& record, Now now) {
  Line& line = lines_[record.service];
  ++line.uncommitted;
  auto& circuit = line.circuit;
  std::pair expected{circuit.state(), circuit.count()};
  const bool due = !line.changes.empty();
  if (due) {
    expected = line.changes.front();
    line.changes.erase(line.changes.begin());
  } else if (record.state == core::CircuitState::kHalfopen && circuit.half_open(now.steady)) {
    expected = {circuit.state(), circuit.count()};
  }
  trace_.line("service {} circuit {} count {}", record.service.value, core::name_of(record.state),
              record.failure_count);
  if (expected != std::pair{record.state, record.failure_count}) {
    trace_.violation("the circuit of service {} is recorded as {} with count {}, must be {}, {}",
                     record.service.value, core::name_of(record.state), record.failure_count,
                     core::name_of(expected.first), expected.second);
  }
  const bool opened = due && line.changes.empty() && record.state == core::CircuitState::kOpen;
  const auto left = record.cooldown_end - now.wall;
  if (opened && std::chrono::abs(left - (circuit.cooldown_end() - now.steady)) > kRounding) {
    trace_.violation("the cooldown of service {} is wrong", record.service.value);
  }
}

void Judge::on_update(const store::DeliveryUpdate& update, Now now) {
  lines_[update.service].last_event = now.steady;
  Known* known = find(update.key);
  if (!known || known->current.phase != Phase::kOpen) {
    trace_.violation("an outcome for a delivery that is not open: event seq {}, rule {}, now {}",
                     update.key.event.value, update.rule.value,
                     core::name_of(update.progress.state));
    return;
  }
  trace_.line("{} is {}{}", name(*known), core::name_of(update.progress.state),
              update.letter ? fmt::format(" ({})", core::name_of(update.letter->reason)) : "");
  known->dirty = true;
  if (known->expected) {
    on_expected_update(*known, update, now);
  } else {
    on_own_decision(*known, update, now);
  }
  const bool is_known =
      known->tried_in_process || (!is_enriched(*known) && lines_[known->service].settings &&
                                  (!needs_rule(*known) || catalog_->rule(known->rule)));
  if (update.letter && is_known &&
      update.letter->method.empty() != update.letter->attempts.empty()) {
    trace_.violation("the dead letter of the {} does not show what was sent", name(*known));
  }
  const auto tries =
      core::count_of(update.letter ? update.letter->attempts : update.progress.attempts);
  if (tries != known->current.tries) {
    trace_.violation("{} reports {} attempts, it had {}", name(*known), tries,
                     known->current.tries);
  }
}

void Judge::on_expected_update(Known& known, const store::DeliveryUpdate& update, Now now) {
  const Expected expected = *std::exchange(known.expected, std::nullopt);
  Phase phase = Phase::kOpen;
  if (update.progress.state == core::DeliveryState::kDelivered) phase = Phase::kDelivered;
  if (update.progress.state == core::DeliveryState::kDead) phase = Phase::kDead;
  known.current.phase = phase;
  if (phase != expected.phase) {
    trace_.violation("{} is {}", name(known), core::name_of(update.progress.state));
    return;
  }
  if (phase == Phase::kDead) {
    known.current.reason = expected.reason;
    if (update.letter->reason != expected.reason) {
      trace_.violation("{} is a dead letter {}, must be {}", name(known),
                       core::name_of(update.letter->reason), core::name_of(expected.reason));
    }
  }
  if (phase != Phase::kOpen) return;
  if (update.progress.counted_attempts != known.current.counted) {
    trace_.violation("{} counts {} attempts, must be {}", name(known),
                     update.progress.counted_attempts, known.current.counted);
  }
  const auto wait = update.progress.due - now.wall;
  if (wait < expected.shortest || wait > expected.longest) {
    trace_.violation("{} waits {} ms, must be {} to {}", name(known), wait.count(),
                     expected.shortest.count(), expected.longest.count());
  }
  known.current.due = update.progress.due;
  known.current.pauses = expected.pauses;
  known.current.longest = expected.pauses ? wait : kLongestRetry;
  known.not_before = now.steady + wait;
  Line& line = lines_[known.service];
  if (expected.pauses) line.paused_until = std::max(line.paused_until, now.steady + wait);
}

/// An end that does not follow from an attempt.
void Judge::on_own_decision(Known& known, const store::DeliveryUpdate& update, Now now) {
  const Line& line = lines_[known.service];
  known.current.phase = Phase::kDead;
  if (!update.letter || known.sending) {
    trace_.violation("{} changed by itself", name(known));
    return;
  }
  const auto reason = known.current.reason = update.letter->reason;
  bool right = false;
  if (reason == core::DeadReason::kCancelled) right = known.cancelled;
  if (reason == core::DeadReason::kServiceDeleted) right = !line.settings;
  if (reason == core::DeadReason::kRuleDeleted) {
    right = needs_rule(known) && !catalog_->rule(known.rule);
  }
  if (reason == core::DeadReason::kExpired && line.settings) {
    const auto& settings = *line.settings;
    const bool parked = !line.circuit.closed() || settings.paused || !settings.enabled;
    const bool old = settings.max_age.count() > 0 && now.wall - known.accepted > settings.max_age;
    const bool waits = parked || is_enriched(known);
    right = waits && old && (known.process == process_ || known.tried_in_process);
  }
  if (reason == core::DeadReason::kTemplate) right = look_ups_refused_ && is_enriched(known);
  if (!right) trace_.violation("{} is dead without cause: {}", name(known), core::name_of(reason));
}

Judge::Known* Judge::sent(const core::Request& request) {
  const auto call = after(request.url, "/call-");
  const auto id = after(request.body, "\"id\":\"");
  Identity identity{std::string{id.substr(0, id.find('"'))}, {}};
  if (!call.empty()) {
    identity.first = call_events_[std::string{call}];
  } else {
    const auto number = after(request.url, "/rule-");
    identity.second.value = std::strtoll(std::string{number}.c_str(), nullptr, 10);
  }
  const auto found = by_identity_.find(identity);
  return found == by_identity_.end() ? nullptr : &known_[found->second];
}

std::string Judge::due_url(const Known& known, const core::Service& settings) const {
  if (known.as_sent) return *known.as_sent;
  if (!known.rule) return fmt::format("{}/call-{}", settings.base_url, core::call_id(known.event));
  const auto rule = catalog_->rule(known.rule);
  return rule ? settings.base_url + rule->rule.endpoint : "";
}

void Judge::on_send(const delivery::Send& send, Now now) {
  const auto& request = send.request;
  const auto service = request.service->id;
  Line& line = lines_[service];
  trace_.line("call {} to {} {}", send.call, request.url, request.delivery_id);
  Call call{service, request.service, {}, std::nullopt, 0};
  check_lane(line, request, now);
  const auto freed = line.circuit.probe_freed();
  if (freed && *freed <= now.steady) line.last_event = std::max(line.last_event, *freed);
  const auto objection = line.circuit.objection(now.steady);
  if (!objection.empty()) trace_.violation("service {} is called: {}", service.value, objection);
  call.pass = line.circuit.start(*request.service, now.steady);
  ++line.in_flight;
  if (request.delivery_id.empty()) {
    send_call(call, request, now);
  } else {
    send_delivery(call, request, now);
  }
  calls_[send.call] = call;
}

void Judge::check_lane(Line& line, const core::Request& request, Now now) {
  const auto id = request.service->id.value;
  if (stopping_) trace_.violation("service {} is called while the hub stops", id);
  if (!line.settings) {
    trace_.violation("service {} is called, but it is deleted", id);
    return;
  }
  if (line.uncommitted > 0) {
    trace_.violation("service {} is called before its circuit is durable", id);
  }
  const auto durable = durable_circuits_.find(request.service->id);
  const auto& circuit = line.circuit;
  const bool same = durable == durable_circuits_.end()
                        ? circuit.closed() && circuit.count() == 0
                        : durable->second.state == circuit.state() &&
                              durable->second.failure_count == circuit.count();
  if (!same) trace_.violation("service {} is called, its circuit is not as recorded", id);
  if (line.in_flight >= line.settings->max_concurrency) {
    trace_.violation("service {} has too many calls in flight", id);
  }
  if (line.ramp && line.in_flight >= *line.ramp) {
    trace_.violation("service {} gets too much at once after its circuit closed", id);
  }
  if (now.steady < line.paused_until) {
    trace_.violation("service {} is called although it asked for a pause", id);
  }
  take_token(line, request, now);
}

void Judge::take_token(Line& line, const core::Request& request, Now now) {
  if (line.rate == 0) return;
  refill(line, now);
  constexpr double kTolerance = 1e-6;
  line.tokens -= 1;
  if (line.tokens < -kTolerance) {
    trace_.violation("service {} is called more often than its rate allows",
                     request.service->id.value);
  }
}

void Judge::send_delivery(Call& call, const core::Request& request, Now now) {
  Known* known = sent(request);
  if (!known) {
    trace_.violation("a request that belongs to no delivery: {}", request.url);
    return;
  }
  call.delivery = static_cast<std::size_t>(known - known_.data());
  const Line& line = lines_[call.service];
  auto& webhook_id = id_of_[fmt::format("{} {}", known->event, known->rule.value)];
  if (webhook_id.empty()) webhook_id = request.delivery_id;
  if (webhook_id != request.delivery_id) trace_.violation("{} changed its id", name(*known));
  if (known->current.phase != Phase::kOpen || known->sending || known->dirty) {
    trace_.violation("{} is sent although it is {}", name(*known),
                     known->sending ? "under way"
                     : known->dirty ? "not recorded"
                                    : "finished");
  }
  const auto* settings = line.settings.get();
  if (settings && (!settings->enabled || settings->paused)) {
    trace_.violation("{} is sent although the service is parked", name(*known));
  }
  if (!settings || request.url != due_url(*known, *settings)) {
    trace_.violation("{} is not sent as rule and service are now", name(*known));
  }
  if (now.steady < known->not_before && !known->hurried) {
    trace_.violation("{} is sent before its time", name(*known));
  }
  known->hurried = false;  // here, as it may come with the reply, before the result is seen
  check_prompt(*known, line, now);
  check_person(*known, request);
  check_order(*known);
  for (const auto& [id, gateway] : gateways_) {
    const bool first = gateway.service == call.service && !gateway.answered && !gateway.under_way &&
                       gateway.attempts == 0;
    if (first) trace_.violation("{} goes before gateway call {}", name(*known), id);
  }
  known->mark_at_start = line.successes;
  if (known->current.tries == 0) known->mark = line.successes;
  known->sending = true;
  known->tried_in_process = true;
}

/// It starts when its time has come or when something happens, not at some other time.
void Judge::check_prompt(const Known& known, const Line& line, Now now) {
  if (is_enriched(known)) return;  // whoever it waits for answers when it likes
  if (line.settings && line.settings->rate_limit > 0) return;
  auto latest = std::max({known.not_before, line.last_event, last_record_, last_catalog_,
                          line.paused_until, std::min(line.paused_at_most, now.steady)});
  if (!line.circuit.closed()) latest = std::max(latest, line.circuit.cooldown_end());
  if (now.steady > latest + patience_) {
    trace_.violation("{} is sent {} ms late", name(known),
                     std::chrono::duration_cast<milliseconds>(now.steady - latest).count());
  }
}

bool Judge::is_enriched(const Known& known) const {
  const auto rule = catalog_->rule(known.rule);
  return rule && !known.as_sent && rule->needs.any();
}

void Judge::on_looked_up(Now now) {
  for (auto& [id, line] : lines_)
    line.last_event = now.steady;
}

void Judge::check_person(const Known& known, const core::Request& request) {
  if (!is_enriched(known)) return;
  const auto id = std::strtoll(std::string{after(request.body, "\"user\":")}.c_str(), nullptr, 10);
  const auto mail = after(request.body, "\"mail\":");
  if (id == Moodle::kNobody) {
    if (!mail.starts_with("null")) trace_.violation("{} has the address of nobody", name(known));
    return;
  }
  const auto own = fmt::format("\"{}-", id);
  const auto changes = std::strtoll(std::string{after(mail, "-")}.c_str(), nullptr, 10);
  if (!mail.starts_with(own) || changes < changes_[id]) {
    trace_.violation("{} is sent with an address that is not that of user {}", name(known), id);
  }
}

void Judge::check_order(const Known& known) {
  if (known.order.empty() || known.replay) return;
  for (const auto index : chains_.at({known.service, known.rule, known.order})) {
    const Known& before = known_[index];
    if (&before == &known) return;
    if (before.current.phase == Phase::kOpen && !before.replay) {
      trace_.violation("{} overtakes the {}", name(known), name(before));
    }
  }
}

void Judge::on_arrival(const core::Request& request) {
  if (request.delivery_id.empty()) return;
  Known* known = sent(request);
  if (!known || std::exchange(known->arrived, true)) return;
  if (known->order.empty() || known->replay) return;
  const auto& chain = chains_.at({known->service, known->rule, known->order});
  const auto own = static_cast<std::size_t>(known - known_.data());
  for (const auto index : chain) {
    const Known& other = known_[index];
    if (index > own && other.arrived && !other.replay) {
      trace_.violation("{} arrives for the first time after the {}", name(*known), name(other));
    }
  }
}

void Judge::send_call(Call& call, const core::Request& request, Now now) {
  const auto number = after(request.url, "/gateway-");
  call.gateway = std::strtoull(std::string{number}.c_str(), nullptr, 10);
  const auto found = gateways_.find(call.gateway);
  if (found == gateways_.end() || found->second.answered || found->second.under_way) {
    trace_.violation("gateway call {} is sent although nobody waits for it", call.gateway);
    return;
  }
  Gateway& gateway = found->second;
  if (now.steady < gateway.not_before) {
    trace_.violation("gateway call {} is tried again too early", call.gateway);
  }
  if (now.steady >= gateway.deadline) {
    trace_.violation("gateway call {} is tried after its deadline", call.gateway);
  }
  if (now.steady + request.timeout > gateway.deadline + kRounding) {
    trace_.violation("gateway call {} may take longer than it has", call.gateway);
  }
  ++gateway.attempts;
  gateway.under_way = true;
}

void Judge::on_answer(const delivery::Reached& reached, Now now) {
  using Kind = delivery::GatewayAnswer::Kind;
  const auto& answer = reached.answer;
  trace_.line("gateway call {} is answered, kind {}, {} attempts", reached.id,
              static_cast<int>(answer.kind), answer.attempts);
  const auto found = gateways_.find(reached.id);
  if (found == gateways_.end() || found->second.answered) {
    trace_.violation("gateway call {} is answered twice", reached.id);
    return;
  }
  Gateway& gateway = found->second;
  Line& line = lines_[gateway.service];
  gateway.answered = true;
  const bool over = now.steady >= gateway.deadline || stopping_ || !line.settings;
  bool right = !gateway.under_way && answer.attempts == gateway.attempts;
  switch (answer.kind) {
    case Kind::kResult:
      right = right && gateway.attempts > 0 &&
              answer.success ==
                  (meaning_of(*gateway.settings, gateway.last).then == Then::kDelivered) &&
              answer.reply.http_status == gateway.last.http_status &&
              (gateway.may_answer || over || !line.circuit.closed());
      break;
    case Kind::kCircuitOpen:
      right = right && gateway.attempts == 0 && !line.circuit.closed();
      break;
    case Kind::kBusy:
    case Kind::kRateLimited:
      right = right && gateway.attempts == 0 && over;
      break;
  }
  if (!right) trace_.violation("gateway call {} has a wrong answer", reached.id);
}

}  // namespace mih::simulation
