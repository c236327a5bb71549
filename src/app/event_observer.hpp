#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/enrichment.hpp"
#include "store/store.hpp"

namespace mih::app {

/// Learns from the events that pass through. May be called from any thread.
class EventObserver {
 public:
  /// What was known of an object of a site is out of date.
  using Changed = std::function<void(const std::string& site, const engine::SiteObject& object)>;

  explicit EventObserver(Changed changed) : changed_(std::move(changed)) {}

  /// Events that are about to be committed.
  void see(const std::vector<store::EventEntry>& entries) const;

 private:
  Changed changed_;
};

}  // namespace mih::app
