#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/service.hpp"

/// What goes to an external service and what comes back: the nouns between engine and transports.
namespace mih::core {

/// A rendered request for one attempt. The transport adds authentication and signature.
struct Request {
  std::shared_ptr<const Service> service;
  std::string method;  ///< "POST"; for AMQP and SOAP ignored
  std::string url;     ///< whole URL; AMQP: the routing key; SOAP: the operation
  Headers headers;     ///< without those the transport adds itself
  std::string body;
  std::string soap_headers;  ///< further header blocks of a SOAP call: XML, or a JSON object
  std::string delivery_id;   ///< sent as webhook-id / message_id; "" for gateway calls and tests
  std::string event_name;    ///< "" for gateway calls
  std::chrono::milliseconds timeout{};
  /// The operator has connected this host: the outgoing guard lets the call through.
  bool trusted_host = false;
  std::size_t keep_response = 4096;  ///< bytes of the response body to keep
};

/// Why there is no answer, or none that is a success.
enum class Failure : std::uint8_t {
  kNone,     ///< there is an answer, see http_status
  kRefused,  ///< connection refused or unreachable
  kDns,
  kTls,
  kReset,  ///< connection lost in the middle
  kTimeout,
  kGuard,  ///< the outgoing guard refused the address
  kProxy,
  kSecret,   ///< a certificate, key or secret is missing or unusable
  kDenied,   ///< the broker refuses: ACCESS_REFUSED, NOT_FOUND, PRECONDITION_FAILED
  kBlocked,  ///< the broker takes no messages for the time being
  kUnroutable,
  kInvalid,        ///< the request cannot be sent as it is, for instance a malformed URL
  kDescription,    ///< the description of a SOAP service (its WSDL) cannot be loaded
  kSenderFault,    ///< a SOAP Fault that finds fault with the request
  kReceiverFault,  ///< any other SOAP Fault
  kOther,
};

/// The result of one attempt as the transport saw it; what follows from it the engine decides.
struct Reply {
  Failure failure = Failure::kNone;
  std::optional<int> http_status;
  std::string error;  ///< for people; "" when there is an answer
  std::string body;   ///< the first keep_response bytes
  bool truncated = false;
  /// From a Retry-After header, as seconds from now, not clamped.
  std::optional<std::chrono::seconds> retry_after;
  std::chrono::microseconds latency{};
};

}  // namespace mih::core
