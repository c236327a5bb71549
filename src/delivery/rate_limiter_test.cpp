#include "delivery/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace mih::delivery {
namespace {

using std::chrono::milliseconds;

int take_all(RateLimiter& limiter, SteadyTime now) {
  int taken = 0;
  while (taken < 10'000 && limiter.available(now)) {
    limiter.take();
    ++taken;
  }
  return taken;
}

TEST(RateLimiter, NeverExceedsRateTimesTimePlusBurst) {
  RateLimiter limiter;
  SteadyTime now{std::chrono::seconds{100}};
  limiter.set_rate(50, now);
  int taken = take_all(limiter, now);
  EXPECT_EQ(taken, 5);
  for (int ms = 0; ms < 10'000; ms += 7) {
    now += milliseconds{7};
    taken += take_all(limiter, now);
    EXPECT_LE(taken, 50.0 * (ms + 7) / 1000 + 5);
  }
  EXPECT_GE(taken, 50 * 9);
}

TEST(RateLimiter, ASlowRateAllowsOneAtATime) {
  RateLimiter limiter;
  SteadyTime now{std::chrono::seconds{100}};
  limiter.set_rate(0.5, now);
  EXPECT_EQ(take_all(limiter, now), 1);
  EXPECT_EQ(limiter.next(), now + std::chrono::seconds{2});
  EXPECT_EQ(take_all(limiter, limiter.next()), 1);
}

TEST(RateLimiter, AnEditGivesNoNewTokens) {
  RateLimiter limiter;
  const SteadyTime now{std::chrono::seconds{100}};
  limiter.set_rate(50, now);
  EXPECT_EQ(take_all(limiter, now), 5);
  limiter.set_rate(20, now);
  limiter.set_rate(50, now);
  EXPECT_EQ(take_all(limiter, now), 0);
}

TEST(RateLimiter, WhatWasTakenBeforeARestartCounts) {
  RateLimiter limiter;
  const SteadyTime now{std::chrono::seconds{100}};
  limiter.start_empty(0.5, now);
  EXPECT_EQ(take_all(limiter, now), 0);
  EXPECT_EQ(limiter.next(), now + std::chrono::seconds{2});
}

TEST(RateLimiter, ZeroIsNoLimit) {
  RateLimiter limiter;
  EXPECT_EQ(take_all(limiter, SteadyTime{}), 10'000);
}

}  // namespace
}  // namespace mih::delivery
