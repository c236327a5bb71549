#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.hpp"

namespace mih::delivery {

/// A token bucket: in any t seconds at most rate*t + max(1, rate/10) permits. Rate 0 = no limit.
class RateLimiter {
 public:
  /// An edit gives no new tokens; a limit where there was none begins with all of them.
  void set_rate(double per_second, SteadyTime now) {
    if (per_second == rate_) return;
    const bool was_limited = rate_ != 0;
    refill(now);
    rate_ = per_second;
    tokens_ = was_limited ? std::min(tokens_, burst()) : burst();
  }
  /// What the process before this one took is not known: nothing is left of it.
  void start_empty(double per_second, SteadyTime now) {
    rate_ = per_second;
    tokens_ = 0;
    refilled_ = now;
  }

  bool available(SteadyTime now) {
    refill(now);
    return rate_ == 0 || tokens_ >= 1;
  }
  /// Only after available().
  void take() {
    if (rate_ != 0) tokens_ -= 1;
  }
  /// When the next permit is there, once available() said no.
  SteadyTime next() const {
    const auto wait = std::chrono::duration<double>((1 - tokens_) / rate_);
    return refilled_ + std::chrono::ceil<SteadyTime::duration>(wait);
  }

 private:
  double burst() const { return std::max(1.0, rate_ / 10); }
  void refill(SteadyTime now) {
    const std::chrono::duration<double> passed = now - refilled_;
    tokens_ = std::min(burst(), tokens_ + passed.count() * rate_);
    refilled_ = now;
  }

  double rate_ = 0;
  double tokens_ = 0;
  SteadyTime refilled_{};
};

}  // namespace mih::delivery
