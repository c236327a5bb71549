#pragma once

#include <string>

namespace mih::core {

/// Why the response queue of a service is not consumed.
struct QueueTrouble {
  std::string what;      ///< "" = nothing is wrong
  bool lasting = false;  ///< does not pass by itself: the broker, or what is configured, says no
  bool operator==(const QueueTrouble&) const = default;
};

}  // namespace mih::core
