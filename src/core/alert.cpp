#include "core/alert.hpp"

namespace mih::core {

std::string_view name_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::kCircuitOpen:
      return "circuit_open";
    case AlertKind::kDeadLetters:
      return "dead_letters";
    case AlertKind::kOldestPending:
      return "oldest_pending";
    case AlertKind::kOverflow:
      return "overflow";
    case AlertKind::kDiskLow:
      return "disk_low";
    case AlertKind::kSiteSilent:
      return "site_silent";
    case AlertKind::kSiteOutbox:
      return "site_outbox";
    case AlertKind::kInboundWaiting:
      return "inbound_waiting";
    case AlertKind::kResponseQueue:
      return "response_queue";
  }
  return "circuit_open";
}

std::optional<AlertKind> alert_kind_from(std::string_view name) {
  using enum AlertKind;
  for (const auto kind : {kCircuitOpen, kDeadLetters, kOldestPending, kOverflow, kDiskLow,
                          kSiteSilent, kSiteOutbox, kInboundWaiting, kResponseQueue}) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace mih::core
