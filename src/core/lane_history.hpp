#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/circuit.hpp"

namespace mih::core {

/// How the circuit of a service came to its state. The store keeps it too.
struct LaneHistory {
  static constexpr std::size_t kChanges = 50;

  struct Change {
    WallTime time;
    CircuitState state = CircuitState::kClosed;
  };
  using Changes = std::deque<Change>;
  struct Failure {
    WallTime time;
    std::string error;
  };

  Changes changes;                 ///< of the circuit, newest first, at most kChanges
  std::optional<Failure> failure;  ///< the last that counted for the circuit

  /// `state` may be what it was before.
  void note_circuit(CircuitState state, WallTime time) {
    const auto before = changes.empty() ? CircuitState::kClosed : changes.front().state;
    if (state == before) return;
    changes.push_front({time, state});
    if (changes.size() > kChanges) changes.pop_back();
  }
};

}  // namespace mih::core
