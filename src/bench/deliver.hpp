#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.hpp"
#include "bench/report.hpp"
#include "bench/stop_signal.hpp"

namespace mih::bench {

/// The load of the delivery benchmark. The defaults are the load that the goals are stated for.
struct DeliverOptions {
  int seconds = 180;
  int warmup = 30;
  int batch = 100;
  int connections = 4;
  int fanout = 1;       ///< rules that match
  int rules = 1;        ///< rules in all
  int concurrency = 0;  ///< max_concurrency of the service; 0 = its default
  int runs = 1;
  std::int64_t ids = 1'000'000;  ///< in the id window before the load begins
  std::int64_t window = 4'000;  ///< events on their way at most: what is sustained does not pile up
  int reference_seconds = 10;
  int latency_seconds = 30;  ///< 0 = not measured
  double latency_rate = 1'000;
  std::filesystem::path dir;  ///< data directories are made in it
};

/// Each run: the reference, then a fresh hub under full load, then its latency at a steady rate.
/// Fails when a delivery is missing, and on a stop signal.
[[nodiscard]] Result<void> measure_deliver(const DeliverOptions& options, StopSignal& stop,
                                           Report& report);

/// The latency phase alone, with its reference.
[[nodiscard]] Result<void> measure_latency(const DeliverOptions& options, StopSignal& stop,
                                           Report& report);

}  // namespace mih::bench
