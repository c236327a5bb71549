#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

enum class AlertKind : std::uint8_t {
  kCircuitOpen,
  kDeadLetters,
  kOldestPending,
  kOverflow,
  kDiskLow,
  kSiteSilent,
  kSiteOutbox,
  kInboundWaiting,
  kResponseQueue
};

std::string_view name_of(AlertKind kind);
std::optional<AlertKind> alert_kind_from(std::string_view name);

/// A trouble that is watched: raised once it has lasted long enough, cleared when it is over.
struct Alert {
  AlertKind kind = AlertKind::kCircuitOpen;
  ServiceId service;         ///< empty: it is not about a service
  std::string service_name;  ///< "" without a service
  SiteId site;               ///< empty: it is not about a site; the hub itself has neither
  std::string site_name;     ///< "" without a site
  WallTime since{};          ///< when the trouble began, as far as it was seen
  bool raised = false;       ///< false: it may still pass by itself
  std::string message;       ///< what is wrong and what to do

  /// Of two alerts about the same trouble there is one.
  bool is_about_the_same_as(const Alert& other) const {
    return kind == other.kind && service == other.service && site == other.site;
  }
  bool operator==(const Alert&) const = default;
};

}  // namespace mih::core
