#pragma once

#include <string>

#include "transport/soap/wsdl.hpp"

namespace mih::transport::soap {

/// The operations as JSON for people who write templates: {"items":[{name, endpoint, service, port,
/// soap_version, style, documentation, one_way, soap_headers, arguments, example}]}; an argument
/// has name, type, required, nillable, array, enum and, for objects, arguments.
std::string operations_json(const Wsdl& wsdl);

/// A payload that fits the operation.
std::string example_payload(const Wsdl& wsdl, const Operation& operation);

}  // namespace mih::transport::soap
