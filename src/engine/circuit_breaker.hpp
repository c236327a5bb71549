#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "core/circuit.hpp"
#include "core/service.hpp"
#include "engine/classify.hpp"

namespace mih::engine {

/// The circuit breaker of one service, as a state machine without I/O or clock:
///
///   closed --failures reach the threshold, or trip()--> open --cooldown over, someone asks-->
///   halfopen --probe succeeds--> closed
///   halfopen --probe fails--> open
///
/// A call asks for a permit, and gives its result back with the permit. A result whose permit is
/// older than the last change of state changes nothing.
class CircuitBreaker {
 public:
  struct Permit {
    std::uint64_t era = 0;     ///< of the state in which it was given
    std::uint64_t number = 0;  ///< of the probe
    bool probe = false;
  };

  /// As it was persisted; a cooldown that ends later than now + cb_cooldown is shortened to that.
  CircuitBreaker(const core::CircuitRecord& record, const core::Service& service, Now now);

  /// A permit for a call, or none while the circuit is open or a probe is under way. The first one
  /// after the cooldown makes the circuit halfopen.
  std::optional<Permit> acquire(const core::Service& service, Now now);
  /// Does only the first half of acquire(): makes a circuit whose cooldown is over halfopen. True
  /// if it did; that must be durable before a permit is worth anything.
  bool half_open(Now now);
  /// Gives the result of a call.
  void finish(Permit permit, CircuitEffect effect, const core::Service& service, Now now);
  /// Opens a closed circuit at once, whatever its count (an outage that the count did not show).
  void trip(const core::Service& service, Now now);
  /// Closed, count 0, window empty; a running probe is then late.
  void reset(Now now);
  /// Wall and monotonic clock disagreed: keeps the cooldown within now + cb_cooldown.
  void clamp(const core::Service& service, Now now);

  core::CircuitState state() const { return record_.state; }
  bool closed() const { return record_.state == core::CircuitState::kClosed; }
  int failure_count() const { return record_.failure_count; }
  /// Earliest time at which acquire() can succeed; empty when it can now or depends on a probe.
  std::optional<SteadyTime> opens_for_probe_at(Now now) const;
  /// While open: what is left of the cooldown, at least 0.
  std::optional<std::chrono::milliseconds> retry_in(Now now) const;

  const core::CircuitRecord& record() const { return record_; }
  /// True once after each change that must be persisted.
  bool take_changed();
  /// True once after each closing: the lane starts again with one request in flight.
  bool take_just_closed();

 private:
  /// Calls and failures of a tenth of the sliding window.
  struct Slice {
    SteadyTime begin{};
    std::int64_t calls = 0;
    std::int64_t failures = 0;
  };

  void change(core::CircuitState state, Now now);
  void open(const core::Service& service, Now now);
  void close(Now now);
  void count_failure(const core::Service& service, Now now);
  void note(const core::Service& service, bool failed, Now now);
  bool rate_exceeded(const core::Service& service) const;

  core::CircuitRecord record_;
  std::uint64_t era_ = 0;
  std::uint64_t probe_number_ = 0;
  SteadyTime cooldown_end_{};
  std::optional<SteadyTime> probe_deadline_;
  std::deque<Slice> slices_;  ///< oldest first; those in the window when it was last looked at
  bool changed_ = false;
  bool just_closed_ = false;
};

}  // namespace mih::engine
