#pragma once

#include <string_view>

#include "base/error.hpp"
#include "core/exchange.hpp"
#include "engine/template.hpp"

/// The field soap_headers of a service: a template that renders to header blocks as XML, or to a
/// JSON object with a member for each block.
namespace mih::engine {

/// Errors: kTemplateInvalid with line and column.
Result<void> check_soap_headers(std::string_view source);

/// Renders them into the request of a SOAP service; other requests stay as they are.
/// Errors: kTemplateInvalid.
Result<void> add_soap_headers(core::Request& request, const Scope& scope);

/// The same for a request without an event: its fields are null.
Result<void> add_soap_headers(core::Request& request, WallTime now, int attempt = 1);

}  // namespace mih::engine
