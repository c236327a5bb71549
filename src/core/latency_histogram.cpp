#include "core/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace mih::core {
namespace {

constexpr std::size_t kExact = 8;  ///< buckets of 1 ms

}  // namespace

std::size_t LatencyHistogram::bucket_of(std::chrono::milliseconds latency) {
  const auto ms = static_cast<std::uint64_t>(latency.count() < 0 ? 0 : latency.count());
  if (ms < kExact) return ms;
  const auto exponent = static_cast<std::size_t>(std::bit_width(ms)) - 1;  // 3 and more
  const std::size_t quarter = (ms >> (exponent - 2)) & 3;
  return std::min(kExact + (exponent - 3) * 4 + quarter, kBuckets - 1);
}

std::chrono::milliseconds LatencyHistogram::lower_bound(std::size_t bucket) {
  if (bucket < kExact) return std::chrono::milliseconds{bucket};
  const std::size_t exponent = (bucket - kExact) / 4 + 3;
  const std::size_t quarter = (bucket - kExact) % 4;
  return std::chrono::milliseconds{(4 + quarter) << (exponent - 2)};
}

void LatencyHistogram::add(std::size_t bucket, std::uint64_t count) {
  if (bucket < kBuckets) counts_[bucket] += count;
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
    counts_[bucket] += other.counts_[bucket];
}

std::uint64_t LatencyHistogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::optional<std::chrono::milliseconds> LatencyHistogram::percentile(double share) const {
  const std::uint64_t all = total();
  if (all == 0) return std::nullopt;
  const double rank =
      std::clamp(std::ceil(share * static_cast<double>(all)), 1.0, static_cast<double>(all));
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (static_cast<double>(below + counts_[bucket]) < rank)
    below += counts_[bucket++];
  const auto lower = lower_bound(bucket);
  const auto widest = lower_bound(bucket + 1) - lower - std::chrono::milliseconds{1};
  const double position =
      (rank - static_cast<double>(below)) / static_cast<double>(counts_[bucket]);
  return lower +
         std::chrono::milliseconds{std::llround(static_cast<double>(widest.count()) * position)};
}

}  // namespace mih::core
