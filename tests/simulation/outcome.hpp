#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "core/delivery.hpp"
#include "core/exchange.hpp"
#include "core/service.hpp"

namespace mih::simulation {

enum class Effect : std::uint8_t { kSuccess, kFailure, kNeither };
enum class Then : std::uint8_t { kDelivered, kRetry, kPause, kDead };

/// What a service can answer and what the table of outcomes (docs/delivery.md) says of it. Written
/// down from the table, so that the code under test is not judged by itself.
struct AnswerKind {
  std::string_view name;
  core::Failure failure = core::Failure::kNone;
  int http_status = 0;
  Effect effect = Effect::kSuccess;
  Then then = Then::kDelivered;
  bool unavailable = false;
  core::DeadReason reason = core::DeadReason::kRejected;  ///< for kDead
};

std::span<const AnswerKind> answer_kinds();

struct Meaning {
  Effect effect = Effect::kSuccess;
  Then then = Then::kDelivered;
  bool unavailable = false;
  core::DeadReason reason = core::DeadReason::kRejected;
  std::optional<std::chrono::milliseconds> pause =
      std::nullopt;  ///< for kPause: as the service asked, clamped
};

/// The meaning of a reply, with retry_on, reject_on and cb_slow_ms of the service.
Meaning meaning_of(const core::Service& service, const core::Reply& reply);

/// The wait before the next attempt when `failures` attempts have counted: 1, 2, 4, ... times the
/// backoff, at most 60 s, without jitter.
std::chrono::milliseconds planned_wait(const core::Service& service, int failures);

}  // namespace mih::simulation
