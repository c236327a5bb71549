#pragma once

#include <chrono>

namespace mih {

/// Wall time, persisted as Unix milliseconds.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
/// Monotonic time of this process, for waits. Never persisted.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// One reading of both clocks. Decisions get it passed in and read no clock themselves.
struct Now {
  WallTime wall;
  SteadyTime steady;
};

inline std::int64_t to_unix_ms(WallTime time) {
  return time.time_since_epoch().count();
}
inline std::int64_t to_unix_s(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
/// Minutes since the epoch.
inline std::int64_t unix_minute(WallTime time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}
inline WallTime from_unix_ms(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds{ms}};
}

/// Where the real program gets its time from; tests and the simulation bring their own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Now now() const override {
    return {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
            std::chrono::steady_clock::now()};
  }
};

}  // namespace mih
