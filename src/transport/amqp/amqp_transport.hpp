#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "core/inbound.hpp"
#include "core/queue_trouble.hpp"
#include "transport/guard.hpp"
#include "transport/transport.hpp"

namespace mih::transport {

/// AMQP 0-9-1 with a client of our own (docs/adr/0008). One thread for all services; a lasting
/// connection for each service that is used, on which many messages are under way. Success means
/// that the broker has confirmed the message. A connection that breaks is made anew by the next
/// message, one that is not used is closed. The response queue of a service is consumed as long as
/// the service is enabled; a message is acknowledged when the sink of inbound messages says that it
/// is durable, and given back to the broker when it was not taken.
class AmqpTransport final : public Transport {
 public:
  struct Options {
    Guard guard;
    const Clock* clock = nullptr;  ///< outlives the transport; null = the system's
    std::chrono::seconds heartbeat{15};
    std::chrono::seconds idle{300};  ///< an unused connection is closed after that
    /// Outlives the transport. Null = response queues are not consumed.
    core::InboundSink* inbound = nullptr;
    /// Told on the transport's thread when a response queue cannot be consumed, once for each
    /// trouble, and when it is over.
    std::function<void(const core::Service&, const core::QueueTrouble&)> report =
        [](const core::Service&, const core::QueueTrouble&) {};
  };

  /// `sink` is called on the transport's thread.
  AmqpTransport(Options options, Sink sink);
  /// Ends all calls (failure kOther), each with its reply, and takes leave of the brokers.
  ~AmqpTransport() override;
  AmqpTransport(const AmqpTransport&) = delete;
  AmqpTransport& operator=(const AmqpTransport&) = delete;

  /// May be called from any thread.
  void send(CallId id, core::Request request) override;
  void cancel(CallId id) override;
  void configure(std::vector<std::shared_ptr<const core::Service>> services) override;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace mih::transport
