#pragma once

#include <chrono>

#include "core/service.hpp"

namespace mih::engine {

inline constexpr std::chrono::milliseconds kLongestRetryWait{60'000};

/// The wait after `failures` counted failed attempts (>= 1):
/// min(retry_backoff * 2^(failures-1), 60 s), shortened by up to retry_jitter of it.
/// `chance` is a random number from 0 to below 1.
std::chrono::milliseconds retry_wait(const core::Service& service, int failures, double chance);

}  // namespace mih::engine
