#include <algorithm>
#include <utility>

#include "simulation/judge.hpp"

/// What the dispatcher is told, and what must follow from it.
namespace mih::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_too_old(WallTime accepted, const core::Service& settings, Now now) {
  return settings.max_age.count() > 0 && now.wall - accepted > settings.max_age;
}

struct Range {
  milliseconds shortest;
  milliseconds longest;
};

Range wait_range(const core::Service& settings, int failures) {
  const auto longest = planned_wait(settings, failures);
  const auto shortest = milliseconds{static_cast<std::int64_t>(
      static_cast<double>(longest.count()) * (1 - settings.retry_jitter))};
  const bool exact = settings.retry_jitter == 0;
  return {exact ? longest : shortest - milliseconds{1}, longest};
}

Range pause_range(const core::Service& settings, const Meaning& meaning, int failures) {
  if (meaning.pause) return {*meaning.pause, *meaning.pause};
  const auto range = wait_range(settings, failures);
  return {std::max<milliseconds>(range.shortest, seconds{1}),
          std::max<milliseconds>(range.longest, seconds{1})};
}

}  // namespace

void Judge::on_start(const engine::Catalog& catalog, Now now) {
  ++process_;
  stopping_ = false;
  for (auto& [id, line] : lines_) {
    line.settings = nullptr;
    line.circuit = {};
    line.changes.clear();
    line.uncommitted = 0;
    line.in_flight = 0;
    line.ramp.reset();
    line.successes = 0;
    line.paused_until = line.paused_at_most = {};
  }
  for (const auto& service : catalog.services()) {
    Line& line = lines_[service->id];
    const auto record = durable_circuits_.find(service->id);
    if (record != durable_circuits_.end()) line.circuit.restore(record->second, *service, now);
  }
  on_catalog(catalog, now);
}

void Judge::on_catalog(const engine::Catalog& catalog, Now now) {
  catalog_ = std::make_shared<const engine::Catalog>(catalog);
  last_catalog_ = now.steady;
  for (auto& [id, line] : lines_)
    line.settings = nullptr;
  for (const auto& service : catalog.services()) {
    Line& line = lines_[service->id];
    line.settings = service;
    if (line.rate == service->rate_limit) continue;
    refill(line, now);
    const bool was_limited = std::exchange(line.rate, service->rate_limit) != 0;
    const double most = std::max(1.0, line.rate / 10);
    line.tokens = was_limited ? std::min(line.tokens, most) : most;
  }
}

/// In any t seconds at most rate*t + max(1, rate/10), over restarts and edits.
void Judge::refill(Line& line, Now now) {
  const std::chrono::duration<double> passed = now.steady - line.refilled;
  const double most = std::max(1.0, line.rate / 10);
  line.tokens = std::min(most, line.tokens + passed.count() * line.rate);
  line.refilled = now.steady;
}

Judge::Known* Judge::find(core::DeliveryKey key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &known_[found->second];
}

Judge::Known* Judge::find(const core::Delivery& delivery) {
  const auto found = by_identity_.find({delivery.event->id, delivery.rule});
  if (found == by_identity_.end()) {
    trace_.violation("a delivery of {} by rule {} comes from nowhere", delivery.event->id,
                     delivery.rule.value);
    return nullptr;
  }
  Known& known = known_[found->second];
  if (known.key == core::DeliveryKey{}) {
    known.key = delivery.key;
    by_key_[delivery.key] = found->second;
  }
  if (known.key != delivery.key || known.service != delivery.service) {
    trace_.violation("{} comes with a wrong key or service", name(known));
  }
  return &known;
}

void Judge::on_added(const std::vector<core::Delivery>& deliveries, Now now) {
  for (const auto& delivery : deliveries) {
    Known* known = find(delivery);
    if (!known) return;
    known->in_memory = true;
    known->not_before = now.steady;
    lines_[known->service].last_event = now.steady;
  }
}

void Judge::on_loaded(const std::vector<core::Delivery>& deliveries, Now now) {
  for (const auto& delivery : deliveries) {
    Known* known = find(delivery);
    if (!known) return;
    Line& line = lines_[known->service];
    line.last_event = now.steady;
    if (std::exchange(known->in_memory, true)) continue;
    const auto& durable = known->durable;
    const auto wait =
        std::clamp<WallTime::duration>(durable.due - now.wall, seconds{0}, durable.longest);
    known->not_before = now.steady + wait;
    if (durable.pauses) line.paused_until = std::max(line.paused_until, now.steady + wait);
    known->mark = 0;
    const bool same = delivery.progress.counted_attempts == known->durable.counted &&
                      core::count_of(delivery.progress.attempts) == known->durable.tries;
    if (!same) trace_.violation("{} forgot its attempts", name(*known));
  }
}

void Judge::on_found(const std::vector<core::Delivery>& deliveries) {
  for (const auto& delivery : deliveries)
    find(delivery);
}

void Judge::on_call(const delivery::GatewayCall& call) {
  Gateway& gateway = gateways_[call.id];
  gateway.service = call.request.service->id;
  gateway.settings = call.request.service;
  gateway.deadline = call.deadline;
  gateway.not_before = call.asked;
}

void Judge::on_reset(const std::vector<core::ServiceId>& services, Now now) {
  for (auto& [id, line] : lines_) {
    if (!services.empty() && std::ranges::find(services, id) == services.end()) continue;
    line.last_event = now.steady;
    if (line.settings && line.circuit.reset()) expect_record(line);
  }
}

void Judge::on_retry_now(core::DeliveryKey key, bool done, Now now) {
  Known* known = find(key);
  if (!known || !done) return;
  if (known->sending || known->current.phase != Phase::kOpen) {
    trace_.violation("{} was hurried although it does not wait", name(*known));
  }
  known->hurried = true;
  trace_.line("{} is to be tried now", name(*known));
  lines_[known->service].last_event = now.steady;
}

void Judge::on_cancel(core::DeliveryKey key, bool done) {
  Known* known = find(key);
  if (!known || !done) return;
  known->cancelled = true;
  awaited_.push_back(by_key_.at(key));
}

void Judge::before_run(Now now) {
  const auto last = std::exchange(last_run_, now);
  if (!last) return;
  const auto drift = (now.wall - last->wall) - (now.steady - last->steady);
  if (std::chrono::abs(drift) <= seconds{5}) return;
  for (auto& [id, line] : lines_) {
    if (line.settings && line.circuit.clamp(*line.settings, now.steady)) expect_record(line);
  }
}

void Judge::expect_record(Line& line) {
  if (line.circuit.take_closed()) line.ramp = 1;
  line.changes.emplace_back(line.circuit.state(), line.circuit.count());
}

void Judge::on_reply(transport::CallId id, const core::Reply& reply,
                     const delivery::Dispatcher& dispatcher, Now now) {
  auto found = calls_.extract(id);
  if (found.empty()) {
    trace_.violation("a reply to a call that nobody made");
    return;
  }
  const Call& call = found.mapped();
  Line& line = lines_[call.service];
  line.last_event = now.steady;
  --line.in_flight;
  bool shown_closed = line.circuit.closed();
  if (call.settings->cb_mode == core::CircuitMode::kRate) {
    const auto shown = dispatcher.snapshot(now);
    const auto lane = shown.find(call.service);
    shown_closed = lane != shown.end() && lane->second.circuit == core::CircuitState::kClosed;
  }
  const auto meaning = meaning_of(*call.settings, reply);
  if (meaning.effect == Effect::kSuccess) {
    ++line.successes;
    if (line.ramp) ++*line.ramp;
  }
  auto& circuit = line.circuit;
  bool changed =
      circuit.finish(call.pass, meaning.effect, *call.settings, now.steady, shown_closed);
  const auto state = circuit.state();
  if (call.delivery) {
    on_delivery_reply(known_[*call.delivery], call, meaning, reply, now);
  } else {
    on_gateway_reply(gateways_.at(call.gateway), call, meaning, reply, now);
  }
  changed = changed || circuit.state() != state;
  if (changed) expect_record(line);
}

void Judge::on_delivery_reply(Known& known, const Call& call, const Meaning& meaning,
                              const core::Reply&, Now now) {
  known.sending = false;
  ++known.current.tries;
  awaited_.push_back(*call.delivery);
  switch (meaning.then) {
    case Then::kDelivered:
      known.expected = Expected{Phase::kDelivered, {}, {}, {}, false};
      break;
    case Then::kDead:
      known.expected = Expected{Phase::kDead, meaning.reason, {}, {}, false};
      break;
    case Then::kRetry:
    case Then::kPause:
      known.expected = after_failure(known, call, meaning, now);
      break;
  }
}

Judge::Expected Judge::after_failure(Known& known, const Call& call, const Meaning& meaning,
                                     Now now) {
  Line& line = lines_[known.service];
  const auto& settings = *call.settings;
  auto& counted = known.current.counted;
  const auto mark = std::exchange(known.mark, line.successes);
  if (is_too_old(known.accepted, settings, now)) {
    return {Phase::kDead, core::DeadReason::kExpired, {}, {}, false};
  }
  if (meaning.then == Then::kPause) {
    const auto range = pause_range(settings, meaning, counted + 1);
    return {Phase::kOpen, {}, range.shortest, range.longest, true};
  }
  if (line.circuit.closed()) {
    const bool last = counted + 1 >= settings.max_retries + 1;
    const bool came_back = mark != line.successes;
    const bool outage = meaning.unavailable && mark == known.mark_at_start &&
                        !(came_back && known.current.tries == 1) &&
                        settings.cb_failure_threshold != 0;
    if (last && outage) {
      if (!came_back) line.circuit.trip(settings, now.steady);
    } else {
      ++counted;
      if (last) return {Phase::kDead, core::DeadReason::kExhausted, {}, {}, false};
    }
  }
  const auto range = wait_range(settings, std::max(counted, 1));
  return {Phase::kOpen, {}, range.shortest, range.longest, false};
}

void Judge::on_gateway_reply(Gateway& gateway, const Call& call, const Meaning& meaning,
                             const core::Reply& reply, Now now) {
  Line& line = lines_[call.service];
  gateway.under_way = false;
  gateway.last = reply;
  gateway.must_answer = true;
  gateway.may_answer = true;
  if (meaning.then == Then::kPause) {
    const auto range = pause_range(*call.settings, meaning, gateway.counted + 1);
    line.paused_until = std::max(line.paused_until, now.steady + range.shortest);
    line.paused_at_most = std::max(line.paused_at_most, now.steady + range.longest);
  }
  if (meaning.then != Then::kRetry || !line.circuit.closed()) return;
  if (++gateway.counted > call.settings->max_retries) return;
  const auto range = wait_range(*call.settings, gateway.counted);
  gateway.not_before = now.steady + range.shortest;
  gateway.must_answer = gateway.not_before >= gateway.deadline;
  gateway.may_answer = now.steady + range.longest >= gateway.deadline;
}

}  // namespace mih::simulation
