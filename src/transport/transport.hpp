#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/exchange.hpp"

namespace mih::transport {

/// Names one running attempt; chosen by the caller, unique while it runs.
using CallId = std::uint64_t;

/// Sends one rendered request and reports one reply. It never retries, breaks circuits or logs.
/// `send` returns at once and may be called from one thread; each call ends in exactly one reply,
/// at the latest when the request's timeout has passed.
class Transport {
 public:
  /// Called on a thread of the transport's choice; must not block.
  using Sink = std::function<void(CallId, core::Reply)>;

  virtual ~Transport() = default;
  virtual void send(CallId id, core::Request request) = 0;
  /// Gives up a running call; its reply (failure kOther, "cancelled") still comes.
  virtual void cancel(CallId id) = 0;
  /// What is configured now; for those that keep connections. May be called from any thread.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those that keep it move it
  virtual void configure(std::vector<std::shared_ptr<const core::Service>>) {}
};

}  // namespace mih::transport
