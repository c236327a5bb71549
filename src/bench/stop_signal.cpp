#include "bench/stop_signal.hpp"

#include <pthread.h>
#include <time.h>

namespace mih::bench {

StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

StopSignal::~StopSignal() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignal::wait_for(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  return sigtimedwait(&signals_, nullptr, &limit) > 0;
}

}  // namespace mih::bench
