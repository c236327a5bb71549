#include "config/config.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/ip.hpp"

namespace mih::config {

std::string_view name_of(Source source) {
  static constexpr std::array<std::string_view, 4> kNames{"default", "file", "variable", "flag"};
  return kNames[static_cast<std::size_t>(source)];
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("must be HOST:PORT, for instance 127.0.0.1:8085 or [::1]:8085, with a "
                            "port from 0 to 65535, not \"{}\"",
                            text));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    const auto address = parse_ip(host);
    if (!address || address->is_v4) return bad();
  } else if (const auto address = parse_ip(host); address ? !address->is_v4 : !is_host_name(host)) {
    return bad();
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
  if (error != std::errc{} || end != digits.end()) return bad();
  return Endpoint{std::string{host}, port};
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = parse_ip(host);
  if (!address) return false;
  return address->is_v4 ? address->bytes[0] == 127 : *address == parse_ip("::1");
}

}  // namespace mih::config
