#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/time.hpp"
#include "core/delivery.hpp"
#include "delivery/enricher.hpp"
#include "engine/catalog.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/enrichment.hpp"

namespace mih::delivery {

/// Where a delivery of a lane stands.
enum class Stage : std::uint8_t {
  kHeld,       ///< an earlier one with the same ordering key is not finished
  kEnriching,  ///< what its templates say of people and courses is being looked up
  kReady,      ///< may be sent at once
  kWaiting,    ///< may be sent from `due` on
  kSending,    ///< an attempt is under way
  kRecording,  ///< the result of an attempt, or the end, is being committed
};

struct ItemEnrichment {
  using Found = std::array<std::shared_ptr<const Known>, engine::kEnrichedCount>;
  engine::References references;
  Found found;  ///< of what is looked up; kept, so that no other look-up drives it out
  std::optional<Found> sent;  ///< with which the last attempt was rendered
};

struct Item {
  core::Delivery delivery;
  Stage stage = Stage::kHeld;
  SteadyTime due{};
  /// The lane's count of successes after this delivery's previous attempt: unchanged means that
  /// nothing has succeeded since.
  std::uint64_t success_mark = 0;
  std::uint64_t mark_at_start = 0;  ///< the same count when the running attempt started
  /// Loaded from an earlier run and not tried in this one: it gets an attempt before it can expire.
  bool owed_attempt = false;
  /// What its templates say of people and courses; null until it is known that they do.
  std::unique_ptr<ItemEnrichment> enrichment;
  bool ended = false;  ///< leaves the queue when that is durable
  std::string id;      ///< of the delivery; given when it is first rendered

  // Of the running attempt:
  engine::CircuitBreaker::Permit permit;
  int attempt = 0;
  WallTime started{};
  std::string method;
  std::string url;
  std::shared_ptr<const engine::CompiledRule> rule;
  std::shared_ptr<const core::Service> service;
};

/// What its last attempt was rendered with.
engine::Enrichment enrichment_of(const Item& item);

/// The deliveries of one service that are in memory, in the order in which they may be sent:
/// earliest due first, then by acceptance; one at a time per ordering key.
class LaneQueue {
 public:
  std::size_t size() const { return items_.size(); }
  std::size_t enriching() const { return enriching_; }
  bool empty() const { return items_.empty(); }
  Item* find(core::DeliveryKey key);

  /// Takes a delivery in; ready at `due` once its ordering key allows. False: it is there already.
  bool add(core::Delivery delivery, SteadyTime due, bool owed_attempt);

  /// The delivery with the earliest due time that may be sent now; null when there is none.
  Item* next(SteadyTime now) const;
  /// When next() will have one, if nothing else happens; empty when only held ones are left.
  std::optional<SteadyTime> next_due() const;

  /// Takes it out of the order: an attempt starts.
  void start(Item& item);
  /// Puts it back into the order.
  void wait(Item& item, SteadyTime due);
  /// Takes it out of the order until wait(), and keeps its place among those with its ordering key.
  void enrich(Item& item);
  /// Takes it out of the order and keeps its place until finish(), so that no later one with its
  /// ordering key arrives first if the end is lost in a crash.
  void end(Item& item);
  /// Removes it for good and lets the next one with its ordering key go.
  void finish(Item& item, SteadyTime now);

  /// Calls fn(Item&) for all of them, in no particular order; fn must not change the queue.
  template <class Fn>
  void each(Fn&& fn) {
    for (auto& entry : items_)
      fn(*entry.second);
  }
  template <class Fn>
  void each(Fn&& fn) const {
    for (const auto& entry : items_)
      fn(std::as_const(*entry.second));
  }

  static bool is_ordered(const Item& item) {
    return !item.delivery.ordering_key.empty() && !item.delivery.replay_of;
  }

 private:
  using Waiting = std::pair<SteadyTime, core::DeliveryKey>;
  struct OrderKey {
    std::int64_t rule;
    std::string key;
    auto operator<=>(const OrderKey&) const = default;
  };
  struct OrderKeyHash {
    std::size_t operator()(const OrderKey& k) const noexcept {
      return std::hash<std::string>{}(k.key) * 31 + static_cast<std::size_t>(k.rule);
    }
  };

  static OrderKey order_of(const Item& item) {
    return {item.delivery.rule.value, item.delivery.ordering_key};
  }
  void unlink(Item& item);

  std::unordered_map<core::DeliveryKey, std::unique_ptr<Item>> items_;
  std::deque<Item*> ready_;    ///< never waited: in order of acceptance
  std::set<Waiting> waiting_;  ///< by due time
  std::size_t enriching_ = 0;  ///< that are in this stage
  std::unordered_map<OrderKey, std::set<core::DeliveryKey>, OrderKeyHash> chains_;
};

}  // namespace mih::delivery
