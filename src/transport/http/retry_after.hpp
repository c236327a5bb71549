#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace mih::transport {

/// The value of a Retry-After header (RFC 9110, 10.2.3: seconds or an HTTP date) as seconds from
/// now; a date in the past is 0; anything else is empty.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now);

}  // namespace mih::transport
