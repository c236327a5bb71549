#include "api/inbound_throttle.hpp"

#include <algorithm>
#include <cmath>

#include "api/network_of.hpp"

namespace mih::api {

std::chrono::seconds InboundThrottle::admit(std::string_view address, SteadyTime now) {
  Buckets& buckets = refilled(network_of(address), now);
  const double missing =
      std::max((1 - buckets.requests) / kRequestRate, (1 - buckets.failures) / kFailureRate);
  if (missing > 0) {
    return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(missing))};
  }
  buckets.requests -= 1;
  return std::chrono::seconds{0};
}

void InboundThrottle::failed(std::string_view address, SteadyTime now) {
  refilled(network_of(address), now).failures -= 1;
}

InboundThrottle::Buckets& InboundThrottle::refilled(std::string_view address, SteadyTime now) {
  if (addresses_.size() >= kMost && !addresses_.contains(std::string(address))) {
    std::erase_if(addresses_, [now](const auto& item) {
      Buckets buckets = item.second;
      fill(buckets, now);
      return buckets.is_full();
    });
    // Somebody with that many addresses: forgetting all of them costs less than remembering more.
    if (addresses_.size() >= kMost) addresses_.clear();
  }
  Buckets& buckets =
      addresses_.try_emplace(std::string(address), Buckets{.filled = now}).first->second;
  fill(buckets, now);
  return buckets;
}

void InboundThrottle::fill(Buckets& buckets, SteadyTime now) {
  const auto passed = std::max(std::chrono::duration<double>(now - buckets.filled).count(), 0.0);
  buckets.requests = std::min(kRequests, buckets.requests + passed * kRequestRate);
  buckets.failures = std::min(kFailures, buckets.failures + passed * kFailureRate);
  buckets.filled = now;
}

}  // namespace mih::api
