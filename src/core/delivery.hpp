#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/service.hpp"

namespace mih::core {

enum class DeliveryState : std::uint8_t {
  kPending,
  kSending,
  kRetrying,
  kParked,
  kDelivered,
  kDead
};
enum class ParkedBecause : std::uint8_t { kNone, kCircuitOpen, kPaused, kDisabled, kEnrichment };
enum class DeadReason : std::uint8_t {
  kRejected,
  kExhausted,
  kExpired,
  kTemplate,
  kUnroutable,
  kOverflow,
  kCancelled,
  kRuleDeleted,
  kServiceDeleted,
  kInbound,
  kLoop,
};

std::string_view name_of(DeliveryState state);
std::string_view name_of(ParkedBecause because);  ///< "" for kNone
std::string_view name_of(DeadReason reason);
std::optional<DeadReason> dead_reason_from(std::string_view name);
std::optional<DeliveryState> delivery_state_from(std::string_view name);

/// One try of a delivery.
struct Attempt {
  int n = 0;  ///< from 1
  WallTime time{};
  std::chrono::milliseconds latency{};
  std::optional<int> http_status;
  std::string error;  ///< "" on success
  bool probe = false;
};

/// An outage can last long: of many attempts the first few and the last ones are kept.
inline constexpr std::size_t kKeptAttempts = 100;
inline constexpr std::ptrdiff_t kKeptFirst = 10;

/// How many there were, of those that are kept the last one says.
inline int count_of(const std::vector<Attempt>& kept) {
  return kept.empty() ? 0 : kept.back().n;
}
void add_attempt(std::vector<Attempt>& kept, Attempt attempt);

/// What is known of a delivery that is not finished, beyond what was decided at acceptance.
struct Progress {
  DeliveryState state = DeliveryState::kPending;
  ParkedBecause parked_because = ParkedBecause::kNone;
  int counted_attempts = 0;  ///< those that count against max_retries
  WallTime due{};            ///< not before; epoch = at once
  /// The service asked for this wait (429, Retry-After), and its lane pauses; 0 = it did not.
  std::chrono::milliseconds asked_wait{};
  std::vector<Attempt> attempts;  ///< those that are kept
};

/// What makes deliveries of a rule the same by meaning, and for how long.
struct Dedupe {
  std::string key;  ///< a hash, as bytes
  std::chrono::milliseconds window{};
};

/// What was decided when the event was accepted: the rule, its service at that time, the order.
/// The n-th of an event's fan-out is the delivery with ordinal n. An enqueued gateway call has one,
/// without a rule.
struct FanOut {
  RuleId rule;  ///< 0 = an enqueued gateway call
  ServiceId service;
  std::string ordering_key;           ///< "" = no order
  std::optional<Dedupe> dedupe = {};  ///< not kept with the event
};

/// A request as it was sent once, without authentication and signature.
struct SentRequest {
  std::string method;
  std::string url;
  Headers headers;
  std::string body;
};

/// A delivery on its way, as the dispatcher holds it.
struct Delivery {
  DeliveryKey key;
  RuleId rule;  ///< 0 = an enqueued gateway call
  ServiceId service;
  std::string ordering_key;
  EventPtr event;
  Progress progress;
  DeadLetterId replay_of;  ///< set when this is a replay of a dead letter
  /// Set when the request is not to be rendered again.
  std::shared_ptr<const SentRequest> as_sent = nullptr;

  /// False when a deleted rule does not matter to it.
  bool needs_rule() const { return rule.value != 0 && !as_sent; }
};

/// `d_` + 26 base32 characters of SHA-256(site, event id, rule id), for an enqueued call (rule 0)
/// of SHA-256(site, service, call id): the same on every attempt, after a crash and on replay. The
/// parts are joined by a zero byte, which none of them can contain.
std::string delivery_id(std::string_view site, std::string_view event_id, RuleId rule);

/// A delivery that was given up, kept with everything that is needed to understand and replay it.
struct DeadLetter {
  DeadLetterId id;
  DeliveryKey key;
  std::string delivery_id;
  DeadReason reason = DeadReason::kRejected;
  EventPtr event;
  RuleId rule;
  std::string rule_name;
  ServiceId service;
  std::string service_name;
  std::string method;
  std::string url;
  Headers headers;      ///< secrets masked
  std::string payload;  ///< as last sent; "" when nothing was sent
  std::string error_message;
  std::optional<int> http_status;
  std::string response;  ///< at most 4 KiB
  std::vector<Attempt> attempts;
  std::string ordering_key;
  WallTime created{};
  bool replaying = false;

  /// Of the texts that make it large.
  std::int64_t bytes() const {
    return std::ssize(payload) + std::ssize(response) + std::ssize(error_message) +
           (event ? std::ssize(event->body) : 0);
  }
};

}  // namespace mih::core
