#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/latency_histogram.hpp"

namespace mih::core {

/// Running totals, committed together with what they count.
/// created = delivered + dead + open, always.
struct Totals {
  std::int64_t events_accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t deduplicated = 0;
  std::int64_t unmatched = 0;
  std::int64_t created = 0;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;

  std::int64_t open() const { return created - delivered - dead; }
};

/// What happened in a span of time, to one service or to all together.
struct Counts {
  std::int64_t accepted = 0;  ///< events; of one service: deliveries that were made for it
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  std::int64_t calls = 0;    ///< finished ones, as the request log has them
  std::int64_t failed = 0;   ///< of these
  std::int64_t retried = 0;  ///< attempts that failed and are made again
  std::int64_t latency_sum_ms = 0;
  LatencyHistogram latency;
  std::optional<std::int64_t> backlog;  ///< the highest that was sampled

  void add_call(std::chrono::milliseconds duration, bool success) {
    ++calls;
    if (!success) ++failed;
    latency_sum_ms += duration.count();
    latency.add(duration);
  }
  void add(const Counts& other) {
    accepted += other.accepted;
    delivered += other.delivered;
    dead += other.dead;
    calls += other.calls;
    failed += other.failed;
    retried += other.retried;
    latency_sum_ms += other.latency_sum_ms;
    latency.add(other.latency);
    if (other.backlog) sample_backlog(*other.backlog);
  }
  void sample_backlog(std::int64_t deliveries) {
    backlog = std::max(backlog.value_or(0), deliveries);
  }
};

}  // namespace mih::core
