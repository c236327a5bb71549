#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/sqlite/codec.hpp"

namespace mih::store::sqlite {

/// Counts of latencies in buckets of growing width: exact below 8 ms, then four buckets for each
/// doubling (at most 25 % wide), up to 70 minutes. Stored as pairs of bucket and count (LEB128).
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 84;

  static std::size_t bucket_of(std::chrono::milliseconds latency) {
    const auto ms = static_cast<std::uint64_t>(latency.count() < 0 ? 0 : latency.count());
    if (ms < 8) return ms;
    const auto exponent = static_cast<std::size_t>(std::bit_width(ms)) - 1;  // 3 and more
    const std::size_t quarter = (ms >> (exponent - 2)) & 3;
    return std::min(8 + (exponent - 3) * 4 + quarter, kBuckets - 1);
  }

  void add(std::chrono::milliseconds latency) { ++counts_[bucket_of(latency)]; }

  void add_encoded(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::uint64_t bucket = take_varint(bytes);
      const std::uint64_t count = take_varint(bytes);
      if (bucket < kBuckets) counts_[bucket] += count;
    }
  }

  std::string encode() const {
    std::string bytes;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      if (counts_[bucket] == 0) continue;
      append_varint(bytes, bucket);
      append_varint(bytes, counts_[bucket]);
    }
    return bytes;
  }

  std::uint64_t count(std::size_t bucket) const { return counts_[bucket]; }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace mih::store::sqlite
