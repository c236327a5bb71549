#include "app/queue_troubles.hpp"

#include <spdlog/spdlog.h>

namespace mih::app {

void QueueTroubles::report(const core::Service& service, const core::QueueTrouble& trouble) {
  if (trouble.what.empty()) {
    spdlog::info("service {}: its response queue has no trouble any more", service.name);
  } else {
    spdlog::warn("service {}: no messages from its response queue: {}", service.name, trouble.what);
  }
  const std::lock_guard lock(mutex_);
  if (trouble.what.empty()) {
    known_.erase(service.id);
  } else {
    known_[service.id] = trouble;
  }
}

core::QueueTrouble QueueTroubles::of(core::ServiceId service) const {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(service);
  return known == known_.end() ? core::QueueTrouble{} : known->second;
}

}  // namespace mih::app
