#pragma once

#include <chrono>

#include "base/time.hpp"
#include "core/delivery.hpp"
#include "core/service.hpp"

namespace mih::engine {

inline constexpr std::chrono::milliseconds kLongestRetryWait{60'000};
/// What a service may ask for with Retry-After.
inline constexpr std::chrono::milliseconds kLongestPause{3'600'000};

/// The wait after `failures` counted failed attempts (>= 1):
/// min(retry_backoff * 2^(failures-1), 60 s), shortened by up to retry_jitter of it.
/// `chance` is a random number from 0 to below 1.
std::chrono::milliseconds retry_wait(const core::Service& service, int failures, double chance);

/// What is left of a wait that was persisted. However the clock was set since, it is at most
/// kLongestRetryWait, or what the service asked for.
std::chrono::milliseconds persisted_wait(const core::Progress& progress, WallTime now);

}  // namespace mih::engine
