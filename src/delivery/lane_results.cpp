#include <algorithm>
#include <utility>

#include "core/base_url.hpp"
#include "delivery/dead_letter.hpp"
#include "delivery/lane.hpp"
#include "engine/retry_plan.hpp"

namespace mih::delivery {
namespace {

using core::DeadReason;
using engine::CircuitEffect;
using std::chrono::milliseconds;

constexpr milliseconds kShortestPause{1000};

core::Attempt attempt_of(const Item& item, const core::Reply& reply) {
  core::Attempt attempt;
  attempt.n = item.attempt;
  attempt.time = item.started;
  attempt.latency = std::chrono::duration_cast<milliseconds>(reply.latency);
  attempt.http_status = reply.http_status;
  attempt.error = describe(reply);
  attempt.probe = item.permit.probe;
  return attempt;
}

}  // namespace

void Lane::finish_attempt(core::DeliveryKey key, const core::Reply& reply, const Context& context) {
  Item* item = queue_.find(key);
  const auto& settings = *item->service;
  const auto verdict = engine::classify(settings, reply);
  settle(item->permit, verdict, settings, context);
  note_failure(verdict, reply, context.now);
  core::add_attempt(item->delivery.progress.attempts, attempt_of(*item, reply));
  switch (verdict.next) {
    case engine::Next::kDelivered:
      deliver(*item, reply, context);
      break;
    case engine::Next::kDead:
      bury(*item, verdict.reason, describe(reply), &reply, context);
      break;
    case engine::Next::kRetry:
    case engine::Next::kPause:
      retry_later(*item, reply, verdict, context);
      break;
  }
  record_circuit(context);
}

void Lane::settle(const engine::CircuitBreaker::Permit& permit, const engine::Verdict& verdict,
                  const core::Service& settings, const Context& context) {
  --in_flight_;
  circuit_.finish(permit, verdict.circuit, settings, context.now);
  if (verdict.circuit != CircuitEffect::kSuccess) return;
  ++successes_;
  limit_ = std::min(limit_ + 1, settings.max_concurrency);
}

void Lane::note_failure(const engine::Verdict& verdict, const core::Reply& reply, Now now) {
  if (verdict.circuit == CircuitEffect::kFailure) history_.failure = {now.wall, describe(reply)};
}

void Lane::pause(milliseconds wait, const Context& context) {
  paused_until_ = std::max(paused_until_, context.now.steady + wait);
}

void Lane::deliver(Item& item, const core::Reply& reply, const Context& context) {
  log_call(item, reply, true, context);
  ++tally_.delivered;
  store::DeliveryUpdate update;
  update.key = item.delivery.key;
  update.rule = item.delivery.rule;
  update.service = service_;
  update.progress = std::move(item.delivery.progress);
  update.progress.state = core::DeliveryState::kDelivered;
  update.replay_of = item.delivery.replay_of;
  record(std::move(update), context);
  queue_.finish(item, context.now.steady);
}

void Lane::retry_later(Item& item, const core::Reply& reply, const engine::Verdict& verdict,
                       const Context& context) {
  const auto& settings = *item.service;
  auto& counted = item.delivery.progress.counted_attempts;
  const auto mark = std::exchange(item.success_mark, successes_);
  item.delivery.progress.asked_wait = {};
  if (is_too_old(item, settings, context.now)) {
    bury(item, DeadReason::kExpired, "Older than max_age; last: " + describe(reply), &reply,
         context);
    return;
  }
  if (verdict.next == engine::Next::kPause) {
    const auto wait = verdict.pause.value_or(
        std::max(kShortestPause, engine::retry_wait(settings, counted + 1, context.chance())));
    pause(wait, context);
    item.delivery.progress.asked_wait = wait;
    postpone(item, reply, wait, context);
    return;
  }
  if (circuit_.closed()) {
    if (counted >= settings.max_retries) {
      const bool outage = verdict.unavailable && mark == item.mark_at_start;
      const bool over = mark != successes_;
      if (!outage || settings.cb_failure_threshold == 0 || (over && item.attempt == 1)) {
        ++counted;
        bury(item, DeadReason::kExhausted, describe(reply), &reply, context);
        return;
      }
      if (!over) circuit_.trip(settings, context.now);
    } else {
      ++counted;
    }
  }
  const auto wait = engine::retry_wait(settings, std::max(counted, 1), context.chance());
  postpone(item, reply, wait, context);
}

void Lane::postpone(Item& item, const core::Reply& reply, milliseconds wait,
                    const Context& context) {
  ++tally_.retried;
  auto& progress = item.delivery.progress;
  progress.state = core::DeliveryState::kRetrying;
  progress.due = context.now.wall + wait;
  item.due = context.now.steady + wait;
  item.stage = Stage::kRecording;
  store::DeliveryUpdate update;
  update.key = item.delivery.key;
  update.rule = item.delivery.rule;
  update.service = service_;
  update.progress = progress;
  update.response = kept_response(reply, item.service.get());
  update.replay_of = item.delivery.replay_of;
  record(std::move(update), context);
}

void Lane::bury(Item& item, DeadReason reason, std::string error, const core::Reply* reply,
                const Context& context) {
  if (reply) log_call(item, *reply, false, context);
  record_death(item, reason, std::move(error), reply, context);
  if (!reply && LaneQueue::is_ordered(item)) {
    queue_.end(item);
  } else {
    queue_.finish(item, context.now.steady);
  }
}

void Lane::record_death(Item& item, DeadReason reason, std::string error, const core::Reply* reply,
                        const Context& context) {
  ++tally_.dead;
  store::DeliveryUpdate update;
  update.key = item.delivery.key;
  update.rule = item.delivery.rule;
  update.service = service_;
  update.replay_of = item.delivery.replay_of;
  update.gone = reply && engine::says_gone(*reply) && reason == DeadReason::kRejected;
  update.letter = make_dead_letter(item, reason, std::move(error), reply, context.catalog,
                                   context.now.wall, context.scratch, context.sites);
  update.progress = std::move(item.delivery.progress);
  update.progress.state = core::DeliveryState::kDead;
  record(std::move(update), context);
}

void Lane::record(store::DeliveryUpdate update, const Context& context) {
  ++unrecorded_;
  context.effects.updates.push_back(std::move(update));
}

void Lane::log_call(const Item& item, const core::Reply& reply, bool success,
                    const Context& context) {
  store::CallRecord call;
  call.service = service_;
  const auto service = item.service ? item.service : context.catalog.service(service_);
  call.endpoint = shown_endpoint(item.url, service ? service->base_url : "");
  call.http_method = item.method;
  call.http_status = reply.http_status;
  call.latency = std::chrono::duration_cast<milliseconds>(reply.latency);
  call.attempt_count = item.attempt;
  call.success = success;
  call.error_message = describe(reply);
  call.eventname = item.delivery.event->name;
  call.delivery_id = item.id;
  call.time = context.now.wall;
  context.effects.calls.push_back(std::move(call));
}

}  // namespace mih::delivery
