#include "bench/ledger.hpp"

#include <gtest/gtest.h>

namespace mih::bench {
namespace {

using std::chrono::milliseconds;

SteadyTime at(int ms) {
  return SteadyTime{} + milliseconds{ms};
}

Arrival arrival(std::string_view id, int ms) {
  return {hash_id(id), at(ms)};
}

TEST(Ledger, SeesWhatIsMissing) {
  Ledger ledger;
  ledger.expect(hash_id("a"), at(0));
  ledger.expect(hash_id("b"), at(0));
  ledger.arrived(std::vector{arrival("b", 3)});
  const auto balance = ledger.balance();
  EXPECT_EQ(balance.expected, 2);
  EXPECT_EQ(balance.received, 1);
  EXPECT_EQ(balance.missing(), 1);
}

TEST(Ledger, TakesTheArrivalBeforeTheAcknowledgement) {
  Ledger ledger;
  ledger.arrived(std::vector{arrival("a", 5)});
  EXPECT_EQ(ledger.balance().unexpected, 1);
  ledger.expect(hash_id("a"), at(2));
  EXPECT_EQ(ledger.balance().unexpected, 0);
  EXPECT_EQ(ledger.balance().missing(), 0);
  EXPECT_EQ(ledger.take_latencies(), std::vector<std::chrono::nanoseconds>{milliseconds{3}});
}

TEST(Ledger, CountsRepeatsOnceEachAndMeasuresTheFirst) {
  Ledger ledger;
  ledger.expect(hash_id("a"), at(0));
  ledger.arrived(std::vector{arrival("a", 1), arrival("a", 9), arrival("a", 10)});
  EXPECT_EQ(ledger.balance().received, 1);
  EXPECT_EQ(ledger.balance().repeats, 2);
  EXPECT_EQ(ledger.take_latencies(), std::vector<std::chrono::nanoseconds>{milliseconds{1}});
  EXPECT_TRUE(ledger.take_latencies().empty());
}

TEST(Ledger, AcknowledgingTwiceExpectsOneDelivery) {
  Ledger ledger;
  ledger.expect(hash_id("a"), at(0));
  ledger.expect(hash_id("a"), at(1));
  EXPECT_EQ(ledger.balance().expected, 1);
}

TEST(Percentiles, AreByNearestRank) {
  std::vector<std::chrono::nanoseconds> samples;
  for (int ms = 200; ms > 0; --ms)
    samples.push_back(milliseconds{ms});
  const auto result = percentiles(samples);
  EXPECT_EQ(result.p50, milliseconds{100});
  EXPECT_EQ(result.p99, milliseconds{198});
  EXPECT_EQ(result.max, milliseconds{200});
  EXPECT_EQ(percentiles({milliseconds{7}}).p99, milliseconds{7});
  EXPECT_EQ(percentiles({}).count, 0u);
}

}  // namespace
}  // namespace mih::bench
