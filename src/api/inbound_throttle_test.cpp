#include "api/inbound_throttle.hpp"

#include <gtest/gtest.h>

namespace mih::api {
namespace {

using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours{1}};

TEST(InboundThrottle, LimitsRequestsOfAnAddress) {
  InboundThrottle throttle;
  for (int i = 0; i < InboundThrottle::kRequests; ++i)
    ASSERT_EQ(throttle.admit("a", kStart), seconds{0}) << i;
  EXPECT_EQ(throttle.admit("a", kStart), seconds{1});
  EXPECT_EQ(throttle.admit("b", kStart), seconds{0});
  for (int i = 0; i < InboundThrottle::kRequestRate; ++i)
    ASSERT_EQ(throttle.admit("a", kStart + seconds{1}), seconds{0}) << i;
  EXPECT_GT(throttle.admit("a", kStart + seconds{1}), seconds{0});
}

TEST(InboundThrottle, LimitsGuessesFarMore) {
  InboundThrottle throttle;
  for (int i = 0; i < InboundThrottle::kFailures; ++i) {
    ASSERT_EQ(throttle.admit("a", kStart), seconds{0}) << i;
    throttle.failed("a", kStart);
  }
  EXPECT_EQ(throttle.admit("a", kStart), seconds{2});
  EXPECT_EQ(throttle.admit("a", kStart + seconds{2}), seconds{0});
  throttle.failed("a", kStart + seconds{2});
  EXPECT_EQ(throttle.admit("a", kStart + seconds{2}), seconds{2});
  EXPECT_EQ(throttle.admit("b", kStart), seconds{0});
}

TEST(InboundThrottle, RemembersSoManyAddresses) {
  InboundThrottle throttle;
  for (int i = 0; i < InboundThrottle::kFailures; ++i) {
    throttle.admit("a", kStart);
    throttle.failed("a", kStart);
  }
  for (std::size_t i = 1; i < InboundThrottle::kMost; ++i)
    throttle.admit(std::to_string(i), kStart);
  EXPECT_GT(throttle.admit("a", kStart).count(), 0) << "quiet addresses are forgotten first";
  EXPECT_EQ(throttle.admit("new", kStart + seconds{1}), seconds{0});
  EXPECT_GT(throttle.admit("a", kStart + seconds{1}).count(), 0);
}

}  // namespace
}  // namespace mih::api
