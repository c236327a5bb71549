#include "api/response_head.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <string_view>
#include <type_traits>

namespace mih::api {
namespace {

constexpr std::string_view kNoPage = "default-src 'none'; frame-ancestors 'none'";
constexpr std::string_view kSecurityHeaders =
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

/// The Date header (RFC 9110, section 6.6.1), made once a second.
std::string_view http_date() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != made) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> line{};
    const auto size =
        std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    text.assign(line.data(), size);
    made = now;
  }
  return text;
}

template <class Part>
void append_part(std::string& out, const Part& part) {
  if constexpr (std::is_integral_v<Part>) {
    const fmt::format_int digits(part);
    out.append(digits.data(), digits.size());
  } else {
    out.append(part);
  }
}

template <class... Parts>
void append(std::string& out, const Parts&... parts) {
  (append_part(out, parts), ...);
}

}  // namespace

void compose_head(std::string& out, const Response& response, AfterThis after) {
  out = "HTTP/1.1 ";
  append(out, response.status, " ", reason_of(response.status), "\r\n", http_date(),
         kSecurityHeaders, "Cache-Control: ", response.cache, "\r\nContent-Security-Policy: ",
         response.policy.empty() ? kNoPage : std::string_view(response.policy), "\r\n");
  if (response.status != 204 && response.status != 304) {
    append(out, "Content-Type: ", response.content_type, "\r\n");
    if (!response.stream) append(out, "Content-Length: ", response.body.size(), "\r\n");
  }
  if (response.encrypted) out += "Strict-Transport-Security: max-age=31536000\r\n";
  for (const auto& [name, value] : response.headers)
    append(out, name, ": ", value, "\r\n");
  if (after == AfterThis::kCloses) out += "Connection: close\r\n";
  if (after == AfterThis::kStaysAndSaysSo) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

}  // namespace mih::api
