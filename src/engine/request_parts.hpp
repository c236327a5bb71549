#pragma once

#include <string>
#include <string_view>

#include "core/service.hpp"

/// What requests are put together from.
namespace mih::engine {

/// Adds a header, or replaces the one of that name. Control characters of the value are left out.
void set_header(core::Headers& headers, std::string_view name, std::string_view value);

/// Adds to the query of a URL.
void append_query(std::string& url, std::string_view query);

/// `base` and `endpoint` joined (docs/transports.md): one slash between them, both queries
/// joined with `&`, an endpoint "/" or "" adds nothing.
std::string join_url(std::string_view base, std::string_view endpoint);

}  // namespace mih::engine
