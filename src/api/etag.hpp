#pragma once

#include <string>
#include <string_view>

#include "api/http.hpp"
#include "base/error.hpp"

namespace mih::api {

/// A strong entity tag (RFC 9110, section 8.8.3) of what a client may change.
std::string etag_of(std::string_view settings);

/// kChanged when the request has an If-Match that does not name the current state.
Result<void> check_if_match(const Request& request, std::string_view settings);

/// A JSON answer with the tag of what it shows.
Response tagged(std::string body, std::string_view settings, int status = 200);

}  // namespace mih::api
