#include <algorithm>
#include <utility>

#include "delivery/dead_letter.hpp"
#include "delivery/lane.hpp"
#include "engine/retry_plan.hpp"

namespace mih::delivery {
namespace {

using std::chrono::milliseconds;
using Kind = GatewayAnswer::Kind;

constexpr milliseconds kShortestPause{1000};

std::string why_not_made(Kind kind) {
  switch (kind) {
    case Kind::kCircuitOpen:
      return "circuit_open: no attempt was made";
    case Kind::kRateLimited:
      return "rate_limited: no attempt was made";
    default:
      return "busy: no attempt was made";
  }
}

}  // namespace

void Lane::call(GatewayCall call, const Context& context) {
  call.due = context.now.steady;
  calls_.add(std::move(call));
}

std::optional<Started> Lane::start_call(const core::Service& settings, const Context& context) {
  if (obstacle(settings, context) != Obstacle::kNone) return std::nullopt;
  GatewayCall* call = calls_.next(context.now.steady);
  if (!call || half_open(context)) return std::nullopt;
  const auto permit = circuit_.acquire(settings, context.now);
  if (!permit) return std::nullopt;
  call->permit = *permit;
  call->under_way = true;
  ++call->attempts;
  auto request = call->request;
  const auto left = std::chrono::ceil<milliseconds>(call->deadline - context.now.steady);
  request.timeout = std::min(request.timeout, left);
  return begin({call->id, std::move(request)});
}

void Lane::end_calls(const Context& context, bool stopping) {
  if (calls_.empty()) return;
  const auto settings = context.catalog.service(service_);
  if (stopping || !settings) return end_waiting_calls(Kind::kBusy, context);
  const auto what = obstacle(*settings, context);
  if (what == Obstacle::kCircuit) return end_waiting_calls(Kind::kCircuitOpen, context);
  for (const auto& call : calls_.take_expired(context.now.steady)) {
    const auto why = call.held_by_rate ? Kind::kRateLimited : Kind::kBusy;
    answer(call, call.attempts > 0 ? Kind::kResult : why, context);
  }
  calls_.each_waiting([&](GatewayCall& call) { call.held_by_rate = what == Obstacle::kRate; });
}

void Lane::end_waiting_calls(Kind without_attempt, const Context& context) {
  for (const auto& call : calls_.take_waiting()) {
    answer(call, call.attempts > 0 ? Kind::kResult : without_attempt, context);
  }
}

void Lane::finish_call(GatewayId id, core::Reply reply, const Context& context) {
  GatewayCall* call = calls_.find(id);
  const auto& settings = *call->request.service;
  const auto verdict = engine::classify(settings, reply);
  settle(call->permit, verdict, settings, context);
  note_failure(verdict, reply, context.now);
  record_circuit(context);
  call->under_way = false;
  call->last = std::move(reply);
  if (verdict.next == engine::Next::kPause) {
    pause(verdict.pause.value_or(std::max(
              kShortestPause, engine::retry_wait(settings, call->counted + 1, context.chance()))),
          context);
  }
  const bool again = verdict.next == engine::Next::kRetry && circuit_.closed() &&
                     ++call->counted <= settings.max_retries;
  if (again) {
    call->due = context.now.steady + engine::retry_wait(settings, call->counted, context.chance());
    if (call->due < call->deadline) return;
  }
  answer(*call, Kind::kResult, context);
  calls_.remove(id);
}

void Lane::answer(const GatewayCall& call, Kind kind, const Context& context) {
  GatewayAnswer answer;
  answer.kind = kind;
  answer.reply = call.last;
  answer.attempts = call.attempts;
  answer.latency = std::chrono::duration_cast<milliseconds>(context.now.steady - call.asked);
  answer.success =
      kind == Kind::kResult && call.attempts > 0 &&
      engine::classify(*call.request.service, call.last).next == engine::Next::kDelivered;
  answer.retry_in = circuit_.retry_in(context.now).value_or(kShortestPause);
  store::CallRecord record;
  record.service = service_;
  record.kind = store::CallKind::kGateway;
  record.endpoint = call.endpoint;
  record.http_method = call.request.method;
  record.http_status = call.last.http_status;
  record.latency = answer.latency;
  record.attempt_count = call.attempts;
  record.success = answer.success;
  record.error_message = call.attempts > 0 ? describe(call.last) : why_not_made(kind);
  record.time = context.now.wall;
  context.effects.calls.push_back(std::move(record));
  context.effects.answers.push_back({call.id, std::move(answer)});
}

}  // namespace mih::delivery
