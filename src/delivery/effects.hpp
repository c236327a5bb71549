#pragma once

#include <vector>

#include "core/exchange.hpp"
#include "delivery/enricher.hpp"
#include "delivery/gateway_call.hpp"
#include "store/store.hpp"
#include "transport/transport.hpp"

namespace mih::delivery {

struct Send {
  transport::CallId call;
  core::Request request;
};

struct Load {
  core::ServiceId service;
  std::optional<core::DeliveryKey> after;  ///< empty: from the start, with those tried before
  std::size_t limit;
};

/// Deliveries of a deleted rule that are in the store alone. They come back through
/// Dispatcher::on_swept().
struct Sweep {
  core::ServiceId service;
  core::RuleId rule;
  core::DeliveryKey after;
  std::size_t limit;
};

struct Reached {
  GatewayId id;
  GatewayAnswer answer;
};

/// What the dispatcher wants done. The records belong to one commit; its ticket comes back through
/// Dispatcher::on_recorded().
struct Effects {
  std::vector<Send> sends;
  std::vector<store::DeliveryUpdate> updates;
  std::vector<core::CircuitRecord> circuits;
  std::vector<store::CallRecord> calls;
  std::vector<Reached> answers;  ///< of synchronous gateway calls
  std::vector<core::ServiceId> spills;
  std::vector<Load> loads;    ///< to be done after the spills
  std::vector<Sweep> sweeps;  ///< to be done after the records
  std::vector<SiteQuery> queries;
  std::uint64_t ticket = 0;

  bool has_records() const { return !updates.empty() || !circuits.empty() || !calls.empty(); }
};

}  // namespace mih::delivery
