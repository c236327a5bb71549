#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace mih::simulation {

using std::chrono::nanoseconds;

/// The simulated clocks and everything that is going to happen, by time and then in the order in
/// which it was planned. The wall clock can be set; waits follow the monotonic one.
class Timeline final : public Clock {
 public:
  using Action = std::move_only_function<void()>;

  Now now() const override {
    return {std::chrono::floor<std::chrono::milliseconds>(kWallAtStart + wall_offset_ +
                                                          (steady_ - kStart)),
            steady_};
  }
  SteadyTime steady() const { return steady_; }
  void set_wall_clock(nanoseconds by) { wall_offset_ += by; }

  void at(SteadyTime time, Action action) {
    planned_.push_back({std::max(time, steady_), ++last_number_, std::move(action)});
    std::ranges::push_heap(planned_, later);
  }
  void after(nanoseconds wait, Action action) { at(steady_ + wait, std::move(action)); }

  bool empty() const { return planned_.empty(); }
  SteadyTime next_time() const { return planned_.front().time; }

  /// Moves the clock to the next planned thing and does it.
  void step() {
    std::ranges::pop_heap(planned_, later);
    auto next = std::move(planned_.back());
    planned_.pop_back();
    steady_ = next.time;
    next.action();
  }

 private:
  struct Planned {
    SteadyTime time;
    std::uint64_t number;
    Action action;
  };
  static bool later(const Planned& a, const Planned& b) {
    return std::pair{a.time, a.number} > std::pair{b.time, b.number};
  }

  static constexpr SteadyTime kStart{std::chrono::hours{1}};
  static constexpr std::chrono::sys_time<nanoseconds> kWallAtStart{
      std::chrono::seconds{1'700'000'000}};

  std::vector<Planned> planned_;
  std::uint64_t last_number_ = 0;
  SteadyTime steady_ = kStart;
  nanoseconds wall_offset_{};
};

/// What one process has planned; it ends with the process.
class Life {
 public:
  explicit Life(Timeline& timeline) : timeline_(timeline) {}
  ~Life() { *alive_ = false; }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void at(SteadyTime time, Timeline::Action action) {
    timeline_.at(time, [alive = alive_, action = std::move(action)]() mutable {
      if (*alive) action();
    });
  }
  void after(nanoseconds wait, Timeline::Action action) {
    at(timeline_.steady() + wait, std::move(action));
  }
  /// Says later whether this process still lives.
  std::shared_ptr<const bool> alive() const { return alive_; }

 private:
  Timeline& timeline_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mih::simulation
