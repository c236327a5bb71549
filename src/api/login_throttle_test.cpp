#include "api/login_throttle.hpp"

#include <gtest/gtest.h>

namespace mih::api {
namespace {

using std::chrono::seconds;

class LoginThrottleTest : public ::testing::Test {
 protected:
  void fail(int times, std::string_view account, std::string_view address, seconds at = {}) {
    for (int i = 0; i < times; ++i)
      throttle_.failed(account, address, SteadyTime{} + at);
  }
  seconds wait(std::string_view account, std::string_view address, seconds at = {}) {
    return throttle_.wait_for(account, address, SteadyTime{} + at);
  }

  LoginThrottle throttle_;
};

TEST_F(LoginThrottleTest, AFewFailuresAreFree) {
  fail(LoginThrottle::kFree - 1, "ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "1.2.3.4").count(), 0);
  fail(1, "ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "1.2.3.4").count(), 1);
  fail(1, "ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "1.2.3.4").count(), 2);
  fail(2, "ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "1.2.3.4").count(), 8);
}

TEST_F(LoginThrottleTest, AWaitIsOverAfterItsTime) {
  fail(LoginThrottle::kFree + 3, "ada", "1.2.3.4", seconds{100});
  EXPECT_EQ(wait("ada", "1.2.3.4", seconds{100}).count(), 8);
  EXPECT_EQ(wait("ada", "1.2.3.4", seconds{107}).count(), 1);
  EXPECT_EQ(wait("ada", "1.2.3.4", seconds{108}).count(), 0);
}

TEST_F(LoginThrottleTest, AccountsAndAddressesCountApart) {
  fail(LoginThrottle::kFree + 30, "ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "5.6.7.8"), LoginThrottle::kLongestForAccount);
  EXPECT_EQ(wait("bob", "1.2.3.4"), LoginThrottle::kLongestForAddress);
  EXPECT_EQ(wait("bob", "5.6.7.8").count(), 0);
}

TEST_F(LoginThrottleTest, ASuccessForgetsAndSoDoesTime) {
  fail(LoginThrottle::kFree + 3, "ada", "1.2.3.4");
  throttle_.succeeded("ada", "1.2.3.4");
  EXPECT_EQ(wait("ada", "1.2.3.4").count(), 0);
  fail(LoginThrottle::kFree + 3, "ada", "1.2.3.4");
  fail(1, "ada", "1.2.3.4", LoginThrottle::kForgottenAfter);
  EXPECT_EQ(wait("ada", "1.2.3.4", LoginThrottle::kForgottenAfter).count(), 0);
}

TEST_F(LoginThrottleTest, RemembersSoMany) {
  fail(LoginThrottle::kFree + 3, "ada", "1.2.3.4", seconds{1});
  for (std::size_t i = 0; i < LoginThrottle::kMost; ++i)
    fail(1, std::to_string(i), "5.6.7.8", seconds{2});
  EXPECT_EQ(wait("ada", "9.9.9.9", seconds{2}).count(), 0);  // pushed out: the oldest
  EXPECT_GT(wait("ada", "1.2.3.4", seconds{2}).count(), 0);  // addresses were few
}

}  // namespace
}  // namespace mih::api
