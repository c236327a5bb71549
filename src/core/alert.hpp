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
  kDiskLow
};

std::string_view name_of(AlertKind kind);
std::optional<AlertKind> alert_kind_from(std::string_view name);

/// A trouble that is watched: raised once it has lasted long enough, cleared when it is over.
struct Alert {
  AlertKind kind = AlertKind::kCircuitOpen;
  ServiceId service;         ///< empty: the hub itself
  std::string service_name;  ///< "" for the hub itself
  WallTime since{};          ///< when the trouble began, as far as it was seen
  bool raised = false;       ///< false: it may still pass by itself
  std::string message;       ///< what is wrong and what to do

  bool operator==(const Alert&) const = default;
};

}  // namespace mih::core
