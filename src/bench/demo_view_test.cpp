#include "bench/demo_view.hpp"

#include <gtest/gtest.h>

namespace mih::bench {
namespace {

TEST(WithCommas, GroupsThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(with_commas(-1000), "-1,000");
  EXPECT_EQ(with_commas(-100), "-100");
}

TEST(DemoLine, ShowsWhatANewcomerLooksFor) {
  const DemoLine line{.elapsed = std::chrono::seconds{12},
                      .accepted = 2400,
                      .delivered = 2310,
                      .failed = 13,
                      .dead = 0,
                      .waiting = 90,
                      .circuit = "open",
                      .latency = {.p50 = std::chrono::microseconds{800},
                                  .p99 = std::chrono::microseconds{2300},
                                  .max = {},
                                  .count = 5}};
  EXPECT_EQ(to_text(line),
            " 12 s  accepted 2,400  delivered 2,310  failed 13  dead 0  waiting 90  circuit open  "
            "p50 0.8 p99 2.3 ms");
}

TEST(DemoLine, HasNoLatencyWithoutArrivals) {
  EXPECT_TRUE(to_text(DemoLine{.circuit = "closed"}).ends_with("circuit closed  p50 - p99 -"));
}

}  // namespace
}  // namespace mih::bench
