#include "engine/retry_plan.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryPlan, DoublesAndStopsAtAMinute) {
  const core::Service service;
  EXPECT_EQ(retry_wait(service, 1, 0.9), seconds{1});
  EXPECT_EQ(retry_wait(service, 2, 0.9), seconds{2});
  EXPECT_EQ(retry_wait(service, 3, 0.9), seconds{4});
  EXPECT_EQ(retry_wait(service, 6, 0.9), seconds{32});
  EXPECT_EQ(retry_wait(service, 7, 0.9), seconds{60});
  EXPECT_EQ(retry_wait(service, 100, 0.9), seconds{60});
}

TEST(RetryPlan, LongBackoffIsCappedToo) {
  core::Service service;
  service.retry_backoff = seconds{3600};
  EXPECT_EQ(retry_wait(service, 1, 0), seconds{60});
}

TEST(RetryPlan, NoBackoffMeansNoWait) {
  core::Service service;
  service.retry_backoff = milliseconds{0};
  EXPECT_EQ(retry_wait(service, 1, 0), milliseconds{0});
  EXPECT_EQ(retry_wait(service, 100, 0), milliseconds{0});
}

TEST(RetryPlan, JitterShortensByItsShareAtMost) {
  core::Service service;
  service.retry_jitter = 0.5;
  EXPECT_EQ(retry_wait(service, 1, 0), milliseconds{1000});
  EXPECT_EQ(retry_wait(service, 1, 0.5), milliseconds{750});
  EXPECT_GT(retry_wait(service, 1, 0.999), milliseconds{499});
}

TEST(RetryPlan, WhatIsLeftOfAPersistedWaitIsBounded) {
  const WallTime now{seconds{1'700'000'000}};
  core::Progress progress;
  EXPECT_EQ(persisted_wait(progress, now), seconds{0}) << "never tried";
  progress.due = now + seconds{20};
  EXPECT_EQ(persisted_wait(progress, now), seconds{20});
  EXPECT_EQ(persisted_wait(progress, now + seconds{30}), seconds{0});
  EXPECT_EQ(persisted_wait(progress, now - std::chrono::hours{24}), seconds{60});
  progress.asked_wait = seconds{900};
  progress.due = now + progress.asked_wait;
  EXPECT_EQ(persisted_wait(progress, now), seconds{900});
  EXPECT_EQ(persisted_wait(progress, now - std::chrono::hours{24}), seconds{900});
  progress.asked_wait = std::chrono::hours{5};
  EXPECT_EQ(persisted_wait(progress, now - std::chrono::hours{24}), std::chrono::hours{1});
}

}  // namespace
}  // namespace mih::engine
