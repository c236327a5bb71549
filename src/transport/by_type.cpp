#include "transport/by_type.hpp"

#include <utility>

namespace mih::transport {

ByType::ByType(Transports transports) : transports_(std::move(transports)) {}

Transport& ByType::of(core::ServiceType type) const {
  if (type == core::ServiceType::kAmqp && transports_.amqp) return *transports_.amqp;
  if (type == core::ServiceType::kSoap && transports_.soap) return *transports_.soap;
  return *transports_.rest;
}

void ByType::send(CallId id, core::Request request) {
  Transport& transport = of(request.service->type);
  transport.send(id, std::move(request));
}

void ByType::cancel(CallId id) {
  for (const auto* transport : {&transports_.rest, &transports_.amqp, &transports_.soap}) {
    if (*transport) (*transport)->cancel(id);
  }
}

void ByType::configure(std::vector<std::shared_ptr<const core::Service>> services) {
  for (const auto* transport : {&transports_.rest, &transports_.amqp, &transports_.soap}) {
    if (*transport) (*transport)->configure(services);
  }
}

}  // namespace mih::transport
