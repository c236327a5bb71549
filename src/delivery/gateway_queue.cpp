#include "delivery/gateway_queue.hpp"

#include <algorithm>

#include "engine/retry_plan.hpp"

namespace mih::delivery {

std::chrono::milliseconds default_call_timeout(const core::Service& service) {
  const std::chrono::milliseconds longest{kLongestDefaultCall};
  auto total = service.timeout;
  for (int n = 1; n <= service.max_retries && total < longest; ++n) {
    total += engine::retry_wait(service, n, 0) + service.timeout;
  }
  return std::min(total, longest);
}

GatewayCall* GatewayQueue::find(GatewayId id) {
  const auto found = std::ranges::find(calls_, id, &GatewayCall::id);
  return found == calls_.end() ? nullptr : &*found;
}

void GatewayQueue::remove(GatewayId id) {
  std::erase_if(calls_, [&](const GatewayCall& call) { return call.id == id; });
}

GatewayCall* GatewayQueue::next(SteadyTime now) {
  for (auto& call : calls_) {
    if (!call.under_way && call.due <= now) return &call;
  }
  return nullptr;
}

template <class Condition>
std::vector<GatewayCall> GatewayQueue::take_if(Condition condition) {
  std::vector<GatewayCall> taken;
  for (auto call = calls_.begin(); call != calls_.end();) {
    if (!call->under_way && condition(*call)) {
      taken.push_back(std::move(*call));
      call = calls_.erase(call);
    } else {
      ++call;
    }
  }
  return taken;
}

std::vector<GatewayCall> GatewayQueue::take_expired(SteadyTime now) {
  return take_if([&](const GatewayCall& call) { return call.deadline <= now; });
}

std::vector<GatewayCall> GatewayQueue::take_waiting() {
  return take_if([](const GatewayCall&) { return true; });
}

std::optional<SteadyTime> GatewayQueue::next_due() const {
  std::optional<SteadyTime> due;
  for (const auto& call : calls_) {
    if (!call.under_way) due = due ? std::min(*due, call.due) : call.due;
  }
  return due;
}

std::optional<SteadyTime> GatewayQueue::next_deadline() const {
  std::optional<SteadyTime> deadline;
  for (const auto& call : calls_) {
    if (!call.under_way) deadline = deadline ? std::min(*deadline, call.deadline) : call.deadline;
  }
  return deadline;
}

}  // namespace mih::delivery
