#pragma once

#include <chrono>
#include <signal.h>

namespace mih::bench {

/// Turns SIGINT and SIGTERM into the answer of a wait. Make it before any thread is started: they
/// inherit that the signals are blocked.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Waits; true as soon as a signal came.
  bool wait_for(std::chrono::nanoseconds time);

 private:
  sigset_t signals_;
  sigset_t before_;
};

}  // namespace mih::bench
