#pragma once

#include <expected>
#include <string>

#include "core/amqp_address.hpp"
#include "core/exchange.hpp"
#include "core/service.hpp"
#include "transport/amqp/link.hpp"

namespace mih::transport::amqp {

/// What a service's connection is made with. Two that are equal can use the same connection.
struct ConnectionSettings {
  core::AmqpAddress address;  ///< user and password as they are sent
  bool external = false;      ///< the client certificate says who we are (SASL EXTERNAL)
  LinkTarget target;
  std::string response_queue;  ///< consumed while the connection lasts; "" = none
  bool operator==(const ConnectionSettings&) const = default;
};

/// Why nothing can be sent as the service is configured.
struct Refusal {
  core::Failure failure = core::Failure::kInvalid;
  std::string error;
};

/// From the fields of a service. Authentication: `none` takes user and password of the URL (guest
/// without them, as AMQP clients do), `basic` takes basic_user and auth_token, `mtls` the client
/// certificate, and user and password of the URL if it has them. What cannot be done as configured
/// is refused: a message never goes out with less than was asked for.
std::expected<ConnectionSettings, Refusal> settings_of(const core::Service& service);

}  // namespace mih::transport::amqp
