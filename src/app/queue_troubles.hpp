#pragma once

#include <mutex>
#include <unordered_map>

#include "core/queue_trouble.hpp"
#include "core/service.hpp"

namespace mih::app {

/// Which response queues are not consumed, and why; said in the log and kept for the alerts. From
/// any thread.
class QueueTroubles {
 public:
  void report(const core::Service& service, const core::QueueTrouble& trouble);
  core::QueueTrouble of(core::ServiceId service) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<core::ServiceId, core::QueueTrouble> known_;  // under mutex_
};

}  // namespace mih::app
