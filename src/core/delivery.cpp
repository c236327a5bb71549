#include "core/delivery.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.hpp"
#include "core/service_call.hpp"

namespace mih::core {
namespace {

constexpr std::array<std::string_view, 6> kStates{"pending", "sending",   "retrying",
                                                  "parked",  "delivered", "dead"};
constexpr std::array<std::string_view, 5> kParked{"", "circuit_open", "paused", "disabled",
                                                  "enrichment"};
constexpr std::array<std::string_view, 11> kReasons{
    "rejected",  "exhausted",    "expired",         "template", "unroutable", "overflow",
    "cancelled", "rule_deleted", "service_deleted", "inbound",  "loop"};

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(DeliveryState state) {
  return kStates[static_cast<std::size_t>(state)];
}
std::string_view name_of(ParkedBecause because) {
  return kParked[static_cast<std::size_t>(because)];
}
std::string_view name_of(DeadReason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}
std::optional<DeadReason> dead_reason_from(std::string_view name) {
  return find_in<DeadReason>(kReasons, name);
}
std::optional<DeliveryState> delivery_state_from(std::string_view name) {
  return find_in<DeliveryState>(kStates, name);
}

std::string delivery_id(std::string_view site, std::string_view event_id, RuleId rule) {
  constexpr std::size_t kCharacters = 26;
  std::string parts;
  parts.reserve(site.size() + event_id.size() + 24);
  parts.append(site).push_back('\0');
  if (rule) {
    parts.append(event_id).push_back('\0');
    parts.append(std::to_string(rule.value));
  } else {
    parts.append(call_service(event_id)).push_back('\0');
    parts.append(call_id(event_id));
  }
  return "d_" + to_base32(sha256(parts), kCharacters);
}

void add_attempt(std::vector<Attempt>& kept, Attempt attempt) {
  kept.push_back(std::move(attempt));
  if (kept.size() > kKeptAttempts) kept.erase(kept.begin() + kKeptFirst);
}

}  // namespace mih::core
