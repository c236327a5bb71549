#include "core/delivery.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

TEST(DeliveryId, HasTheDocumentedShape) {
  const auto id = delivery_id("default", "0190f3", RuleId{7});
  ASSERT_EQ(id.size(), 28u);
  EXPECT_EQ(id.substr(0, 2), "d_");
  EXPECT_EQ(id.substr(2).find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
}

TEST(DeliveryId, IsTheSameForTheSameDeliveryOnly) {
  const auto id = delivery_id("a", "b", RuleId{1});
  EXPECT_EQ(id, delivery_id("a", "b", RuleId{1}));
  EXPECT_NE(id, delivery_id("a", "b", RuleId{2}));
  EXPECT_NE(id, delivery_id("a", "c", RuleId{1}));
  EXPECT_NE(id, delivery_id("c", "b", RuleId{1}));
}

TEST(DeliveryId, KeepsTheBorderBetweenSiteAndEvent) {
  EXPECT_NE(delivery_id("ab", "c", RuleId{1}), delivery_id("a", "bc", RuleId{1}));
}

TEST(Attempts, OfManyTheFirstAndTheLastAreKept) {
  std::vector<Attempt> kept;
  EXPECT_EQ(count_of(kept), 0);
  for (int n = 1; n <= 5000; ++n) {
    Attempt attempt;
    attempt.n = n;
    add_attempt(kept, attempt);
    EXPECT_EQ(count_of(kept), n);
  }
  ASSERT_EQ(kept.size(), kKeptAttempts);
  EXPECT_EQ(kept[9].n, 10);
  EXPECT_EQ(kept[10].n, 4911);
}

TEST(Names, RoundTrip) {
  EXPECT_EQ(dead_reason_from("rule_deleted"), DeadReason::kRuleDeleted);
  EXPECT_EQ(dead_reason_from(name_of(DeadReason::kLoop)), DeadReason::kLoop);
  EXPECT_EQ(dead_reason_from("nonsense"), std::nullopt);
  EXPECT_EQ(delivery_state_from("parked"), DeliveryState::kParked);
  EXPECT_EQ(name_of(ParkedBecause::kCircuitOpen), "circuit_open");
}

}  // namespace
}  // namespace mih::core
