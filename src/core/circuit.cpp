#include "core/circuit.hpp"

namespace mih::core {

std::string_view name_of(CircuitState state) {
  switch (state) {
    case CircuitState::kClosed:
      return "closed";
    case CircuitState::kOpen:
      return "open";
    case CircuitState::kHalfopen:
      return "halfopen";
  }
  return "closed";
}

std::optional<CircuitState> circuit_state_from(std::string_view name) {
  for (const auto state : {CircuitState::kClosed, CircuitState::kOpen, CircuitState::kHalfopen}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

}  // namespace mih::core
