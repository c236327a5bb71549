#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace mih::core {

/// The default of max_concurrency for AMQP services: messages without an answer yet.
inline constexpr std::int64_t kAmqpConcurrency = 256;

/// What the base_url of an AMQP service says:
/// `amqp[s]://user:password@host:port/vhost?exchange=X&routing_key=Y&queue_declare=Z&dlq=D`.
/// All parts are percent-decoded; a plus sign is a plus sign.
struct AmqpAddress {
  bool tls = false;
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  std::string user;
  std::string password;
  std::string vhost = "/";
  std::string exchange;       ///< "" = the default exchange
  std::string routing_key;    ///< where the endpoint of a rule or call is empty
  std::string queue_declare;  ///< durable queue to declare; "" = none
  std::string dlq;            ///< dead letter queue of that queue; "" = none

  /// The routing key of a message: `endpoint`, else routing_key, else queue_declare when no
  /// exchange is given.
  std::string_view routing_key_for(std::string_view endpoint) const;

  bool operator==(const AmqpAddress&) const = default;
};

/// kValidationFailed says which part is wrong, never showing the password. Parameters of other
/// names are left to other clients.
Result<AmqpAddress> parse_amqp_address(std::string_view base_url);

}  // namespace mih::core
