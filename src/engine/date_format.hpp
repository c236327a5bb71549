#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Times as text. Time zones are those of the system's database (RFC 6557), read once.
namespace mih::engine {

inline constexpr std::string_view kUtc = "UTC";

/// True for a name such as "Europe/Madrid".
bool is_time_zone(std::string_view name);

/// What is wrong with a format; empty when nothing is. Known are %Y %m %d %H %I %M %S %p %j %y %e
/// %a %A %b %B (English names) %z (+0100) %Z (CET) %s (Unix seconds) %F (%Y-%m-%d) %T (%H:%M:%S)
/// %%.
std::optional<std::string> check_date_format(std::string_view format);

/// Empty when the time is beyond the years 0 to 9999. Format and zone must have been checked.
std::optional<std::string> format_date(std::int64_t unix_s, std::string_view format,
                                       std::string_view zone);

/// Unix seconds of a timestamp such as 2018-04-05T17:31:00.5+02:00 (RFC 3339), fractions cut off.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace mih::engine
