#pragma once

#include <list>
#include <optional>
#include <vector>

#include "delivery/gateway_call.hpp"

namespace mih::delivery {

/// The synchronous gateway calls of one lane. They go before queued deliveries, in the order in
/// which they came; each is answered at its deadline at the latest.
class GatewayQueue {
 public:
  void add(GatewayCall call) { calls_.push_back(std::move(call)); }
  bool empty() const { return calls_.empty(); }
  GatewayCall* find(GatewayId id);
  void remove(GatewayId id);

  /// The first that may start now; null when there is none.
  GatewayCall* next(SteadyTime now);
  /// Takes out those whose deadline has come before an attempt could start.
  std::vector<GatewayCall> take_expired(SteadyTime now);
  /// Takes out all that have no attempt under way.
  std::vector<GatewayCall> take_waiting();
  /// When one of them may start, and when one of them gives up.
  std::optional<SteadyTime> next_due() const;
  std::optional<SteadyTime> next_deadline() const;

  template <class Fn>
  void each_waiting(Fn&& fn) {
    for (auto& call : calls_) {
      if (!call.under_way) fn(call);
    }
  }

 private:
  template <class Condition>
  std::vector<GatewayCall> take_if(Condition condition);

  std::list<GatewayCall> calls_;
};

}  // namespace mih::delivery
