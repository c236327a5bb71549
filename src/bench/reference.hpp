#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "bench/ledger.hpp"
#include "core/exchange.hpp"

namespace mih::bench {

/// What the hub is compared with: the hub's HTTP client posting the same bodies from memory to the
/// same kind of receiver. No intake, no store, no rules.
struct ReferenceOptions {
  std::chrono::seconds time{10};
  std::size_t concurrency = 8;  ///< requests in flight
  double rate = 0;              ///< requests a second; 0 = as fast as they are answered
};

struct ReferenceFigures {
  double per_second = 0;
  double cpu_us = 0;           ///< of the client, for one request
  double receiver_cpu_us = 0;  ///< of the receiver, for one request
  Percentiles latency;         ///< from sending to arrival
};

[[nodiscard]] Result<ReferenceFigures> measure_reference(const ReferenceOptions& options);

/// The requests that a rule with the ten-placeholder template makes of the recorded events.
[[nodiscard]] Result<std::vector<core::Request>> rendered_requests(const std::string& base_url);

}  // namespace mih::bench
