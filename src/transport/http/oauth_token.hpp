#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "core/exchange.hpp"

/// Access tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4).
namespace mih::transport {

/// What a token depends on: services that agree in all of it share one.
std::string oauth_key(const core::Service& service);

/// The request for a token. The client is authenticated by HTTP Basic (section 2.3.1).
core::Request token_request(const core::Service& service, std::chrono::milliseconds timeout);

struct AccessToken {
  std::string value;
  std::chrono::seconds lifetime;  ///< to be used for so long
};

/// The token of an answer, or the reply of a call that cannot be made without it.
std::expected<AccessToken, core::Reply> token_of(const core::Service& service,
                                                 const core::Reply& reply);

}  // namespace mih::transport
