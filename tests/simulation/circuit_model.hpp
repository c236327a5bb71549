#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/circuit.hpp"
#include "core/service.hpp"
#include "simulation/outcome.hpp"

namespace mih::simulation {

/// What a call got to know of the circuit when it started.
struct Pass {
  std::uint64_t era = 0;
  std::uint64_t probe = 0;  ///< number of the probe; 0: none
};

/// The circuit breaker as docs/delivery.md describes it, told again to judge the real one.
class CircuitModel {
 public:
  /// As after a start: from what was durable.
  void restore(const core::CircuitRecord& record, const core::Service& service, Now now);

  core::CircuitState state() const { return state_; }
  bool closed() const { return state_ == core::CircuitState::kClosed; }
  int count() const { return count_; }
  SteadyTime cooldown_end() const { return cooldown_end_; }

  /// Why no call may start; "" when one may.
  std::string objection(SteadyTime now) const;
  /// The cooldown is over and somebody asks: false if it is not over.
  bool half_open(SteadyTime now);
  Pass start(const core::Service& service, SteadyTime now);

  /// The result of a call. Returns true when state or count changed. `shown_closed` decides where
  /// it depends on where exactly the sliding window begins.
  bool finish(Pass pass, Effect effect, const core::Service& service, SteadyTime now,
              bool shown_closed);
  /// An outage that the count did not show.
  void trip(const core::Service& service, SteadyTime now);
  /// False: there was nothing to reset.
  bool reset();
  /// The wall clock was set: false if the cooldown stays as it is.
  bool clamp(const core::Service& service, SteadyTime now);

  bool take_closed() { return std::exchange(just_closed_, false); }
  bool is_late(Pass pass) const { return pass.era != era_; }
  /// When a probe that has not ended frees its permit.
  std::optional<SteadyTime> probe_freed() const { return probe_freed_; }

 private:
  struct Call {
    SteadyTime ended;
    bool failed;
  };
  void change(core::CircuitState state);
  void open(const core::Service& service, SteadyTime now);
  void close();
  void forget_window();
  void count_failure(const core::Service& service, SteadyTime now, bool shown_closed);
  bool share_exceeded(const core::Service& service, SteadyTime now, bool shown_closed);

  core::CircuitState state_ = core::CircuitState::kClosed;
  int count_ = 0;
  std::uint64_t era_ = 0;
  std::uint64_t last_probe_ = 0;
  std::optional<SteadyTime> probe_freed_;
  SteadyTime cooldown_end_{};
  std::vector<Call> window_;
  std::chrono::nanoseconds widest_step_{};  ///< since the last closing
  SteadyTime unsure_until_{};               ///< what ended before may be forgotten
  bool just_closed_ = false;
};

}  // namespace mih::simulation
