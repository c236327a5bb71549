#pragma once

#include <string_view>

#include "api/http.hpp"
#include "base/error.hpp"

namespace mih::api {

/// The HTTP status that an error is answered with.
int status_of(ErrorCode code);

/// An error as a problem document (RFC 9457), with Retry-After where repeating makes sense.
Response problem(const Error& error);

/// A problem that has no ErrorCode of its own, for instance 431 or 421.
Response problem(int status, std::string_view code, std::string_view detail);

}  // namespace mih::api
