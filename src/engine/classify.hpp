#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/delivery.hpp"
#include "core/exchange.hpp"
#include "core/service.hpp"

namespace mih::engine {

enum class CircuitEffect : std::uint8_t { kSuccess, kFailure, kNeither };

enum class Next : std::uint8_t {
  kDelivered,
  kRetry,
  kPause,  ///< costs no attempt; the lane waits
  kDead,
};

/// What one outcome means (the table of outcomes in docs/delivery.md).
struct Verdict {
  CircuitEffect circuit = CircuitEffect::kNeither;
  Next next = Next::kRetry;
  bool unavailable = false;  ///< the service as a whole cannot be used now
  core::DeadReason reason = core::DeadReason::kRejected;  ///< meaningful for kDead
  /// For kPause: what the service asked for, clamped to 1 s .. 1 h; empty: the retry wait.
  std::optional<std::chrono::milliseconds> pause = std::nullopt;
};

/// Decides what a reply means for the circuit and the delivery. Precedence: the service's
/// reject_on, its retry_on, the table. An answer that reject_on names shows that the service is
/// alive; no answer stays a failure, so that a dead service opens its circuit all the same.
Verdict classify(const core::Service& service, const core::Reply& reply);

/// True if the service says that it is done with what it was sent (410): its rule needs a look.
inline bool says_gone(const core::Reply& reply) {
  return reply.failure == core::Failure::kNone && reply.http_status == 410;
}

/// True if it can name an outcome: a status (409), some of them (5xx), or a failure (timeout).
bool is_outcome(std::string_view pattern);

/// True if `pattern` ("409", "5xx", "timeout", "refused", ...) names this reply.
bool outcome_matches(std::string_view pattern, const core::Reply& reply);

}  // namespace mih::engine
