#pragma once

#include <string>

#include "base/error.hpp"
#include "core/exchange.hpp"
#include "transport/soap/description.hpp"

/// SOAP over HTTP: SOAP 1.1, section 6, and SOAP 1.2 Part 2, section 7.
namespace mih::transport::soap {

/// The HTTP request that takes an envelope to the service: `call` is what was asked for.
/// Errors: kValidationFailed when the WSDL has no usable address or action.
Result<core::Request> to_http(const core::Request& call, const Description& description,
                              const Operation& operation, std::string envelope);

/// What the HTTP reply means for the call. The body becomes JSON by the schema, `keep` bytes of it
/// are kept. A Fault decides before the HTTP status.
core::Reply from_http(const Description& description, const Operation& operation,
                      core::Reply answer, std::size_t keep);

/// True if the reply lets the description look outdated.
bool casts_doubt(const core::Reply& reply);

}  // namespace mih::transport::soap
