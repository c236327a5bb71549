#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mih::core {

/// Counts of latencies in buckets of growing width: exact below 8 ms, then four buckets for each
/// doubling (at most 25 % wide), up to 70 minutes.
class LatencyHistogram {
 public:
  static constexpr std::size_t kBuckets = 84;

  static std::size_t bucket_of(std::chrono::milliseconds latency);
  /// The shortest latency of a bucket.
  static std::chrono::milliseconds lower_bound(std::size_t bucket);

  void add(std::chrono::milliseconds latency) { ++counts_[bucket_of(latency)]; }
  /// Adds to one bucket; one that does not exist is ignored.
  void add(std::size_t bucket, std::uint64_t count);
  void add(const LatencyHistogram& other);

  std::uint64_t count(std::size_t bucket) const { return counts_[bucket]; }
  std::uint64_t total() const;

  /// The latency that `share` (0 to 1) of all are not above, interpolated inside its bucket; empty
  /// when nothing was counted.
  std::optional<std::chrono::milliseconds> percentile(double share) const;

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace mih::core
