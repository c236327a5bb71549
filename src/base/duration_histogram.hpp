#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace mih {

/// Counts durations in buckets whose bounds double from 100 us on; one thread or many add, any
/// thread reads. What a reader sees may be a few additions behind.
class DurationHistogram {
 public:
  static constexpr std::size_t kBounds = 18;  ///< up to 13 s; longer ones have the last bucket

  static std::chrono::microseconds bound(std::size_t index) {
    return std::chrono::microseconds{100} * (std::int64_t{1} << index);
  }

  void add(std::chrono::microseconds duration) {
    std::size_t bucket = 0;
    while (bucket < kBounds && duration > bound(bucket))
      ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(duration.count(), std::memory_order_relaxed);
  }

  /// Of bucket `index`; index kBounds counts what is longer than the last bound.
  std::int64_t count(std::size_t index) const {
    return counts_[index].load(std::memory_order_relaxed);
  }
  std::chrono::microseconds sum() const {
    return std::chrono::microseconds{sum_us_.load(std::memory_order_relaxed)};
  }

 private:
  std::array<std::atomic<std::int64_t>, kBounds + 1> counts_{};
  std::atomic<std::int64_t> sum_us_{0};
};

}  // namespace mih
