#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace mih::core {

/// A number that names one thing of one kind. 0 means "none yet".
template <class Tag>
struct Id {
  std::int64_t value = 0;
  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
};

using ServiceId = Id<struct ServiceTag>;
using RuleId = Id<struct RuleTag>;
using DeadLetterId = Id<struct DeadLetterTag>;
using JobId = Id<struct JobTag>;
using SiteId = Id<struct SiteTag>;
using TokenId = Id<struct TokenTag>;
using UserId = Id<struct UserTag>;
/// Position of an event in the order of commit; inside a batch by position.
using EventSeq = Id<struct EventTag>;

/// One delivery: the n-th that was decided for an event when it was accepted.
struct DeliveryKey {
  EventSeq event;
  std::uint32_t ordinal = 0;
  auto operator<=>(const DeliveryKey&) const = default;
};

}  // namespace mih::core

template <class Tag>
struct std::hash<mih::core::Id<Tag>> {
  std::size_t operator()(const mih::core::Id<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};

template <>
struct std::hash<mih::core::DeliveryKey> {
  std::size_t operator()(const mih::core::DeliveryKey& key) const noexcept {
    return std::hash<std::int64_t>{}(key.event.value * 1315423911 + key.ordinal);
  }
};
