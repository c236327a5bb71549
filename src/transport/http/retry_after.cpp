#include "transport/http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <curl/curl.h>
#include <limits>
#include <string>

namespace mih::transport {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now) {
  const auto begin = value.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  value = value.substr(begin, value.find_last_not_of(" \t") - begin + 1);

  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int32_t seconds = 0;
    const auto result = std::from_chars(value.begin(), value.end(), seconds);
    if (result.ec != std::errc{}) seconds = std::numeric_limits<std::int32_t>::max();
    return std::chrono::seconds{seconds};
  }
  const bool is_date = value.size() >= 24 && value.size() <= 40 &&
                       value.find(':') != std::string_view::npos &&
                       (value[0] < '0' || value[0] > '9');
  if (!is_date) return std::nullopt;
  const std::time_t date = curl_getdate(std::string{value}.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::chrono::seconds{std::max<std::int64_t>(0, date - to_unix_s(now))};
}

}  // namespace mih::transport
