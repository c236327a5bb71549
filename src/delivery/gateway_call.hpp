#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/exchange.hpp"
#include "engine/circuit_breaker.hpp"

namespace mih::delivery {

/// Names a synchronous gateway call; chosen by the caller.
using GatewayId = std::uint64_t;

/// How a synchronous gateway call ended.
struct GatewayAnswer {
  enum class Kind : std::uint8_t {
    kResult,       ///< `reply` is the last real result
    kCircuitOpen,  ///< no attempt was made; `retry_in` says when to come back
    kBusy,         ///< no slot was free in time
    kRateLimited,  ///< the rate limit or a pause left no time
  };
  Kind kind = Kind::kResult;
  bool success = false;
  core::Reply reply;
  int attempts = 0;
  std::chrono::milliseconds latency{};  ///< including waits
  std::chrono::milliseconds retry_in{};
};

/// A synchronous gateway call on its way through a lane.
struct GatewayCall {
  GatewayId id = 0;
  core::Request request;  ///< its service is the one in force when the call came in
  std::string endpoint;   ///< for the log
  SteadyTime asked{};
  SteadyTime deadline{};
  SteadyTime due{};
  int attempts = 0;
  int counted = 0;
  bool under_way = false;
  bool held_by_rate = false;  ///< what it waited for when it was last looked at
  core::Reply last;
  engine::CircuitBreaker::Permit permit;
};

/// The longest a call may take when it names no timeout.
inline constexpr std::chrono::seconds kLongestDefaultCall{30};

/// All attempts and waits of a call to this service, at most kLongestDefaultCall.
std::chrono::milliseconds default_call_timeout(const core::Service& service);

}  // namespace mih::delivery
