#include "bench/demo_plan.hpp"

#include <gtest/gtest.h>

namespace mih::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DemoPlan, FailsInTheMiddleAndLeavesTimeToRecover) {
  for (const int length : {5, 10, 20, 60}) {
    const DemoPlan plan{length};
    EXPECT_FALSE(plan.receiver_fails(milliseconds{0}));
    milliseconds first{0};
    milliseconds last{0};
    for (milliseconds now{0}; !plan.is_over(now); now += milliseconds{50}) {
      if (!plan.receiver_fails(now)) continue;
      if (first == milliseconds{0}) first = now;
      last = now;
    }
    EXPECT_GT(first, milliseconds{1000}) << length;
    EXPECT_GT(last - first, plan.cooldown()) << length;
    EXPECT_TRUE(plan.is_over(seconds{length} - seconds{1})) << length;
    EXPECT_LT(last + plan.cooldown(), seconds{length}) << length;
  }
}

TEST(DemoPlan, WithoutAnEndASpellComesAgainAndAgain) {
  const DemoPlan plan{std::nullopt};
  EXPECT_FALSE(plan.is_over(std::chrono::hours{100}));
  EXPECT_TRUE(plan.receiver_fails(seconds{12}));
  EXPECT_TRUE(plan.receiver_fails(seconds{72}));
  EXPECT_FALSE(plan.receiver_fails(seconds{50}));
}

TEST(DemoPlan, TakesTheShortestRun) {
  const DemoPlan plan{1};
  EXPECT_FALSE(plan.is_over(milliseconds{400}));
  EXPECT_TRUE(plan.is_over(seconds{1}));
}

}  // namespace
}  // namespace mih::bench
