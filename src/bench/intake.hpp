#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "bench/report.hpp"
#include "bench/stop_signal.hpp"

namespace mih::bench {

/// Intake alone: no rule matches; an answer is the promise that the event is on disk.
struct IntakeOptions {
  int seconds = 20;
  int warmup = 3;
  int connections = 32;  ///< many: with few, a group commit is small
  int runs = 1;
  std::int64_t ids = 1'000'000;  ///< in the id window before the load begins
  std::filesystem::path dir;     ///< data directories are made in it
};

/// Batches of 1, 10 and 100, each on a hub of its own.
[[nodiscard]] Result<void> measure_intake(const IntakeOptions& options, StopSignal& stop,
                                          Report& report);

}  // namespace mih::bench
