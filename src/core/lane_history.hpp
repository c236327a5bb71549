#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/circuit.hpp"
#include "core/ids.hpp"

namespace mih::core {

/// What people want to know of a service beside its figures. Of this process only: it is kept in
/// memory and begins anew at a start.
struct LaneHistory {
  static constexpr std::size_t kChanges = 50;

  struct Change {
    WallTime time;
    CircuitState state = CircuitState::kClosed;
  };
  struct Failure {
    WallTime time;
    std::string error;
  };
  /// Deliveries that were made for a rule.
  struct Hits {
    std::int64_t count = 0;
    WallTime last{};
  };

  std::deque<Change> changes;      ///< of the circuit, newest first, at most kChanges
  std::optional<Failure> failure;  ///< the last that counted for the circuit
  std::map<RuleId, Hits> rules;

  /// `state` may be what it was before.
  void note_circuit(CircuitState state, WallTime time) {
    const auto before = changes.empty() ? CircuitState::kClosed : changes.front().state;
    if (state == before) return;
    changes.push_front({time, state});
    if (changes.size() > kChanges) changes.pop_back();
  }
  void note_rule(RuleId rule, WallTime time) {
    auto& hits = rules[rule];
    ++hits.count;
    hits.last = time;
  }
};

}  // namespace mih::core
