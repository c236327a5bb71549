#include "core/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

using std::chrono::milliseconds;

TEST(LatencyHistogram, BucketsGrowWithTheLatency) {
  std::size_t last = 0;
  for (std::int64_t ms = 0; ms < 10'000'000; ms = ms * 5 / 4 + 1) {
    const std::size_t bucket = LatencyHistogram::bucket_of(milliseconds{ms});
    EXPECT_GE(bucket, last);
    EXPECT_LT(bucket, LatencyHistogram::kBuckets);
    last = bucket;
  }
  EXPECT_EQ(last, LatencyHistogram::kBuckets - 1);
  EXPECT_EQ(LatencyHistogram::bucket_of(milliseconds{-1}), 0U);
}

TEST(LatencyHistogram, EveryBucketBeginsAtItsLowerBound) {
  for (std::size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    const auto lower = LatencyHistogram::lower_bound(bucket);
    EXPECT_EQ(LatencyHistogram::bucket_of(lower), bucket);
    if (bucket > 0) {
      EXPECT_EQ(LatencyHistogram::bucket_of(lower - milliseconds{1}), bucket - 1);
    }
  }
}

TEST(LatencyHistogram, PercentilesOfExactBucketsAreExact) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), std::nullopt);
  histogram.add(milliseconds{3});
  EXPECT_EQ(histogram.percentile(0.0), milliseconds{3});
  EXPECT_EQ(histogram.percentile(1.0), milliseconds{3});
  histogram.add(milliseconds{5});
  histogram.add(milliseconds{7});
  histogram.add(milliseconds{7});
  EXPECT_EQ(histogram.percentile(0.25), milliseconds{3});
  EXPECT_EQ(histogram.percentile(0.5), milliseconds{5});
  EXPECT_EQ(histogram.percentile(0.51), milliseconds{7});
  EXPECT_EQ(histogram.percentile(0.99), milliseconds{7});
}

TEST(LatencyHistogram, PercentilesOfWideBucketsStayWithinThem) {
  LatencyHistogram histogram;
  for (int i = 0; i < 100; ++i)
    histogram.add(milliseconds{1000});
  const std::size_t bucket = LatencyHistogram::bucket_of(milliseconds{1000});
  for (const double share : {0.01, 0.5, 0.95, 1.0}) {
    EXPECT_EQ(LatencyHistogram::bucket_of(*histogram.percentile(share)), bucket) << share;
  }
  EXPECT_LT(histogram.percentile(0.01), histogram.percentile(0.99));
}

TEST(LatencyHistogram, SumsOfHistogramsAreHistogramsOfBoth) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.add(milliseconds{2});
  other.add(milliseconds{2});
  other.add(milliseconds{700});
  one.add(other);
  EXPECT_EQ(one.total(), 3U);
  EXPECT_EQ(one.count(2), 2U);
  one.add(LatencyHistogram::kBuckets, 5);
  EXPECT_EQ(one.total(), 3U);
}

}  // namespace
}  // namespace mih::core
