#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

enum class CircuitState : std::uint8_t { kClosed, kOpen, kHalfopen };

std::string_view name_of(CircuitState state);
std::optional<CircuitState> circuit_state_from(std::string_view name);

/// What is persisted of a service's circuit breaker.
struct CircuitRecord {
  ServiceId service;
  CircuitState state = CircuitState::kClosed;
  int failure_count = 0;
  WallTime last_failure{};  ///< epoch = never
  WallTime cooldown_end{};  ///< meaningful while open
  WallTime modified{};
  std::string last_error;  ///< what the last failure was; "" = not known
};

}  // namespace mih::core
