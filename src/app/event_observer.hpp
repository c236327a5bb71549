#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "engine/enrichment.hpp"
#include "engine/event_library.hpp"
#include "store/store.hpp"

namespace mih::app {

/// Learns from the events that pass through, and has the store keep it. May be used from any
/// thread.
class EventObserver {
 public:
  /// What was known of an object of a site is out of date.
  using Changed = std::function<void(const std::string& site, const engine::SiteObject& object)>;

  explicit EventObserver(Changed changed) : changed_(std::move(changed)) {}

  /// Takes what earlier processes have learned, and learns fields from the newest events of the
  /// store: a crash may have kept them from being written. Call it before everything else.
  Result<void> recall(store::Reader& reader);
  /// What has changed since the last call, for the store. Drops what is not kept any more.
  core::Learned take_changes(const core::KeptSince& since);
  /// Drops what is known from events about a person.
  void forget(const std::string& site, std::int64_t user);
  /// Events that are about to be committed.
  void see(const std::vector<store::EventEntry>& entries);
  void take_sample(core::EventPtr sample);

  std::vector<engine::KnownName> names() const;
  std::vector<engine::KnownField> fields(std::string_view name) const;
  core::EventPtr sample(std::string_view pattern) const;

 private:
  Changed changed_;
  mutable std::mutex mutex_;  ///< guards what follows
  engine::EventLibrary library_;
};

}  // namespace mih::app
