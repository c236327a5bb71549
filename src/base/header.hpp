#pragma once

#include <string_view>

/// HTTP header fields (RFC 9110, section 5), which are part of services, rules and calls.
namespace mih {

/// Names are compared without regard to the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// A field name: a token.
bool is_header_name(std::string_view name);
/// A field value without control characters, tab excepted.
bool is_header_value(std::string_view value);
/// One that belongs to the connection, not to the message: how it is framed, kept, upgraded.
bool is_connection_header(std::string_view name);

}  // namespace mih
