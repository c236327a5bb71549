#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace mih::api {

/// Limits what one address may send to /inbound: so many requests a second, and far fewer with
/// credentials that are not valid, so that secrets cannot be guessed. Used on one thread.
class InboundThrottle {
 public:
  /// Counts a request: how long its address has to wait, 0 when it may go on.
  std::chrono::seconds admit(std::string_view address, SteadyTime now);
  /// The credentials of a request that was admitted were not valid.
  void failed(std::string_view address, SteadyTime now);

  // Each bucket is full at first and fills at its rate, in tokens per second.
  static constexpr double kRequests = 1000;
  static constexpr double kRequestRate = 200;
  static constexpr double kFailures = 30;
  static constexpr double kFailureRate = 0.5;
  static constexpr std::size_t kMost = 10'000;  ///< addresses that are remembered

 private:
  struct Buckets {
    double requests = kRequests;
    double failures = kFailures;
    SteadyTime filled{};

    bool is_full() const { return requests >= kRequests && failures >= kFailures; }
  };

  Buckets& refilled(std::string_view address, SteadyTime now);
  static void fill(Buckets& buckets, SteadyTime now);

  std::unordered_map<std::string, Buckets> addresses_;
};

}  // namespace mih::api
