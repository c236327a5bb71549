#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "bench/id_hash.hpp"
#include "bench/receiver.hpp"

namespace mih::bench {

/// What the sender was promised against what the receiver saw, without asking the hub. Both sides
/// may be entered in any order.
class Ledger {
 public:
  struct Balance {
    std::int64_t expected = 0;    ///< deliveries of acknowledged events
    std::int64_t received = 0;    ///< of these, arrived at least once
    std::int64_t repeats = 0;     ///< arrivals of something that had arrived before
    std::int64_t unexpected = 0;  ///< arrived, but of no acknowledged event
    std::int64_t missing() const { return expected - received; }
  };

  void reserve(std::size_t deliveries) { entries_.reserve(deliveries); }
  /// A delivery of an event that was posted at `sent` and acknowledged.
  void expect(IdHash delivery, SteadyTime sent);
  void arrived(std::span<const Arrival> arrivals);

  Balance balance() const { return balance_; }
  /// From posting the event to the first arrival, of what was completed since the last call.
  std::vector<std::chrono::nanoseconds> take_latencies();

 private:
  struct Entry {
    SteadyTime sent{};
    SteadyTime arrived{};
    bool is_expected = false;
    bool has_arrived = false;
  };
  void complete(const Entry& entry);

  std::unordered_map<IdHash, Entry> entries_;
  std::vector<std::chrono::nanoseconds> latencies_;
  Balance balance_;
};

struct Percentiles {
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p99{};
  std::chrono::nanoseconds max{};
  std::size_t count = 0;
};

/// Nearest-rank percentiles; all zero when there are no samples.
Percentiles percentiles(std::vector<std::chrono::nanoseconds> samples);

}  // namespace mih::bench
