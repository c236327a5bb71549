#include "simulation/outcome.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mih::simulation {
namespace {

using core::DeadReason;
using core::Failure;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kSuccess = Effect::kSuccess;
constexpr auto kFailure = Effect::kFailure;

constexpr std::array kKinds{
    AnswerKind{"200", Failure::kNone, 200},
    AnswerKind{"204", Failure::kNone, 204},
    AnswerKind{"refused", Failure::kRefused, 0, kFailure, Then::kRetry, true},
    AnswerKind{"dns", Failure::kDns, 0, kFailure, Then::kRetry, true},
    AnswerKind{"tls", Failure::kTls, 0, kFailure, Then::kRetry, true},
    AnswerKind{"reset", Failure::kReset, 0, kFailure, Then::kRetry, true},
    AnswerKind{"timeout", Failure::kTimeout, 0, kFailure, Then::kRetry, true},
    AnswerKind{"guard", Failure::kGuard, 0, kFailure, Then::kRetry, true},
    AnswerKind{"proxy", Failure::kProxy, 0, kFailure, Then::kRetry, true},
    AnswerKind{"secret", Failure::kSecret, 0, kFailure, Then::kRetry, true},
    AnswerKind{"401", Failure::kNone, 401, kFailure, Then::kRetry, true},
    AnswerKind{"403", Failure::kNone, 403, kFailure, Then::kRetry, true},
    AnswerKind{"407", Failure::kNone, 407, kFailure, Then::kRetry, true},
    AnswerKind{"502", Failure::kNone, 502, kFailure, Then::kRetry, true},
    AnswerKind{"503", Failure::kNone, 503, kFailure, Then::kRetry, true},
    AnswerKind{"504", Failure::kNone, 504, kFailure, Then::kRetry, true},
    AnswerKind{"500", Failure::kNone, 500, kFailure, Then::kRetry},
    AnswerKind{"501", Failure::kNone, 501, kFailure, Then::kRetry},
    AnswerKind{"408", Failure::kNone, 408, kFailure, Then::kRetry},
    AnswerKind{"425", Failure::kNone, 425, kFailure, Then::kRetry},
    AnswerKind{"other", Failure::kOther, 0, kFailure, Then::kRetry},
    AnswerKind{"429", Failure::kNone, 429, Effect::kNeither, Then::kPause},
    AnswerKind{"304", Failure::kNone, 304, kSuccess, Then::kDead},
    AnswerKind{"400", Failure::kNone, 400, kSuccess, Then::kDead},
    AnswerKind{"404", Failure::kNone, 404, kSuccess, Then::kDead},
    AnswerKind{"409", Failure::kNone, 409, kSuccess, Then::kDead},
    AnswerKind{"410", Failure::kNone, 410, kSuccess, Then::kDead},
    AnswerKind{"unroutable", Failure::kUnroutable, 0, kSuccess, Then::kDead, false,
               DeadReason::kUnroutable},
    AnswerKind{"invalid", Failure::kInvalid, 0, Effect::kNeither, Then::kDead, false,
               DeadReason::kTemplate},
};

const AnswerKind& kind_of(const core::Reply& reply) {
  const int status = reply.http_status.value_or(0);
  const auto found = std::ranges::find_if(kKinds, [&](const AnswerKind& kind) {
    return kind.failure == reply.failure && kind.http_status == status;
  });
  return *found;
}

bool lists(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return pattern == name || (pattern.size() == 3 && pattern.ends_with("xx") && name.size() == 3 &&
                               name[0] == pattern[0]);
  });
}

}  // namespace

std::span<const AnswerKind> answer_kinds() {
  return kKinds;
}

Meaning meaning_of(const core::Service& service, const core::Reply& reply) {
  const AnswerKind& kind = kind_of(reply);
  Meaning meaning{kind.effect, kind.then, kind.unavailable, kind.reason, std::nullopt};
  if (lists(service.reject_on, kind.name)) {
    const bool alive = reply.http_status || kind.effect == Effect::kSuccess;
    meaning = {alive ? Effect::kSuccess : Effect::kFailure, Then::kDead};
  } else if (reply.http_status == 503 && reply.retry_after) {
    meaning = {Effect::kNeither, Then::kPause};
  }
  const bool rejected = lists(service.reject_on, kind.name);
  const bool final = meaning.then == Then::kDelivered || meaning.then == Then::kDead;
  if (final && !rejected && lists(service.retry_on, kind.name))
    meaning = {Effect::kFailure, Then::kRetry};
  if (meaning.then == Then::kPause && reply.retry_after) {
    meaning.pause = std::clamp<milliseconds>(*reply.retry_after, seconds{1}, seconds{3600});
  }
  const bool slow = service.cb_slow_ms > 0 && reply.latency > milliseconds{service.cb_slow_ms};
  if (slow && meaning.effect == Effect::kSuccess) meaning.effect = Effect::kFailure;
  return meaning;
}

milliseconds planned_wait(const core::Service& service, int failures) {
  milliseconds wait = service.retry_backoff;
  for (int n = 1; n < failures && wait < seconds{60}; ++n)
    wait *= 2;
  return std::min<milliseconds>(wait, seconds{60});
}

}  // namespace mih::simulation
