#include "engine/classify.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mih::engine {
namespace {

using core::DeadReason;
using core::Failure;

constexpr Verdict kDelivered{CircuitEffect::kSuccess, Next::kDelivered};
constexpr Verdict kUnavailable{CircuitEffect::kFailure, Next::kRetry, true};
constexpr Verdict kFailed{CircuitEffect::kFailure, Next::kRetry};

constexpr Verdict dead(CircuitEffect circuit, DeadReason reason) {
  return {circuit, Next::kDead, false, reason};
}

Verdict pause(const core::Reply& reply) {
  Verdict verdict{CircuitEffect::kNeither, Next::kPause};
  if (reply.retry_after) {
    verdict.pause = std::clamp<std::chrono::milliseconds>(
        std::min(*reply.retry_after, std::chrono::seconds{3600}), std::chrono::seconds{1},
        std::chrono::hours{1});
  }
  return verdict;
}

Verdict classify_status(int status, const core::Reply& reply) {
  if (status >= 200 && status <= 299) return kDelivered;
  switch (status) {
    case 429:
      return pause(reply);
    case 503:
      return reply.retry_after ? pause(reply) : kUnavailable;
    case 401:
    case 403:
    case 407:
    case 502:
    case 504:
      return kUnavailable;
    case 408:
    case 425:
      return kFailed;
    default:
      break;
  }
  if (status >= 300 && status <= 499) return dead(CircuitEffect::kSuccess, DeadReason::kRejected);
  return kFailed;
}

Verdict classify_failure(Failure failure) {
  switch (failure) {
    case Failure::kRefused:
    case Failure::kDns:
    case Failure::kTls:
    case Failure::kReset:
    case Failure::kTimeout:
    case Failure::kGuard:
    case Failure::kProxy:
    case Failure::kSecret:
    case Failure::kDenied:
    case Failure::kBlocked:
    case Failure::kDescription:
      return kUnavailable;
    case Failure::kSenderFault:
      return dead(CircuitEffect::kSuccess, DeadReason::kRejected);
    case Failure::kUnroutable:
      return dead(CircuitEffect::kSuccess, DeadReason::kUnroutable);
    case Failure::kInvalid:
      return dead(CircuitEffect::kNeither, DeadReason::kTemplate);
    case Failure::kNone:  // a success without a status: confirmed by a broker
      return kDelivered;
    case Failure::kReceiverFault:
    case Failure::kOther:
      return kFailed;
  }
  return kFailed;
}

std::string_view failure_name(Failure failure) {
  switch (failure) {
    case Failure::kRefused:
      return "refused";
    case Failure::kDns:
      return "dns";
    case Failure::kTls:
      return "tls";
    case Failure::kReset:
      return "reset";
    case Failure::kTimeout:
      return "timeout";
    default:
      return "";
  }
}

}  // namespace

bool is_outcome(std::string_view pattern) {
  constexpr std::array<std::string_view, 5> kFailures{"refused", "dns", "tls", "reset", "timeout"};
  if (std::ranges::find(kFailures, pattern) != kFailures.end()) return true;
  const auto any = [](char c) { return c == 'x' || c == 'X'; };
  return pattern.size() == 3 && (any(pattern[0]) || (pattern[0] >= '1' && pattern[0] <= '5')) &&
         std::ranges::all_of(pattern.substr(1),
                             [&](char c) { return any(c) || (c >= '0' && c <= '9'); });
}

bool outcome_matches(std::string_view pattern, const core::Reply& reply) {
  if (reply.failure != Failure::kNone && pattern == failure_name(reply.failure)) return true;
  if (!reply.http_status) return false;
  const auto status = std::to_string(*reply.http_status);
  if (pattern.size() != status.size()) return false;
  return std::ranges::equal(pattern, status, [](char expected, char actual) {
    return expected == 'x' || expected == 'X' || expected == actual;
  });
}

Verdict classify(const core::Service& service, const core::Reply& reply) {
  const auto listed = [&](const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&](const auto& p) { return outcome_matches(p, reply); });
  };
  const bool answered = reply.failure == Failure::kNone && reply.http_status;
  Verdict verdict =
      answered ? classify_status(*reply.http_status, reply) : classify_failure(reply.failure);
  if (listed(service.reject_on)) {
    const bool alive = answered || verdict.circuit == CircuitEffect::kSuccess;
    verdict =
        dead(alive ? CircuitEffect::kSuccess : CircuitEffect::kFailure, DeadReason::kRejected);
  } else if (verdict.next != Next::kRetry && verdict.next != Next::kPause &&
             listed(service.retry_on)) {
    verdict = kFailed;
  }
  const bool slow =
      service.cb_slow_ms > 0 && reply.latency > std::chrono::milliseconds{service.cb_slow_ms};
  if (slow && verdict.circuit == CircuitEffect::kSuccess) verdict.circuit = CircuitEffect::kFailure;
  return verdict;
}

}  // namespace mih::engine
