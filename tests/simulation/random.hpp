#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace mih::simulation {

/// One stream of random numbers (splitmix64): a seed gives the same stream on every machine, which
/// the distributions of the standard library do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// From 0 to below 1.
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return fraction() < probability; }
  /// Both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::chrono::nanoseconds between(std::chrono::nanoseconds low, std::chrono::nanoseconds high) {
    return std::chrono::nanoseconds{between(low.count(), high.count())};
  }

  template <class T>
  T pick(std::initializer_list<T> choices) {
    return *std::next(choices.begin(), between(0, std::ssize(choices) - 1));
  }
  template <class List>
  auto& pick_from(List&& list) {
    return *std::next(list.begin(), between(0, std::ssize(list) - 1));
  }

  /// A stream of its own, so that more draws in one place leave the other places alone.
  Random fork() { return Random{next()}; }

 private:
  std::uint64_t state_;
};

}  // namespace mih::simulation
