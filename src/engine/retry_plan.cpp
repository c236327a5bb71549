#include "engine/retry_plan.hpp"

#include <algorithm>
#include <cmath>

namespace mih::engine {

std::chrono::milliseconds retry_wait(const core::Service& service, int failures, double chance) {
  const auto longest = static_cast<double>(kLongestRetryWait.count());
  const double doubled =
      static_cast<double>(service.retry_backoff.count()) * std::exp2(std::max(failures, 1) - 1);
  const double wait = std::min(doubled, longest) * (1 - service.retry_jitter * chance);
  return std::chrono::milliseconds{std::llround(wait)};
}

std::chrono::milliseconds persisted_wait(const core::Progress& progress, WallTime now) {
  const bool asked = progress.asked_wait.count() > 0;
  const auto longest = asked ? std::min(progress.asked_wait, kLongestPause) : kLongestRetryWait;
  return std::clamp<std::chrono::milliseconds>(progress.due - now, std::chrono::milliseconds{0},
                                               longest);
}

}  // namespace mih::engine
