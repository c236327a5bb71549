#pragma once

#include <memory>
#include <vector>

#include "transport/transport.hpp"

namespace mih::transport {

/// Sends each request with the transport of its service's type.
class ByType final : public Transport {
 public:
  /// All call the same sink. Null: requests of that type go to `rest`, which refuses what is not
  /// HTTP.
  struct Transports {
    std::unique_ptr<Transport> rest;
    std::unique_ptr<Transport> amqp;
    std::unique_ptr<Transport> soap;
  };

  explicit ByType(Transports transports);

  void send(CallId id, core::Request request) override;
  void cancel(CallId id) override;
  void configure(std::vector<std::shared_ptr<const core::Service>> services) override;

 private:
  Transport& of(core::ServiceType type) const;

  Transports transports_;
};

}  // namespace mih::transport
