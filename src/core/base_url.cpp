#include "core/base_url.hpp"

#include <algorithm>
#include <charconv>

#include "base/ip.hpp"
#include "core/amqp_address.hpp"

namespace mih::core {
namespace {

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), port);
  return error == std::errc{} && end == text.end() && port > 0;
}

std::string fault_of_http(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return "must start with http:// or https://";
  }
  if (std::ranges::any_of(url, [](unsigned char c) { return c <= ' ' || c == 0x7f; })) {
    return "must not have a space or a control character; a space is written %20";
  }
  url.remove_prefix(url.find("://") + 3);
  auto host = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  std::string_view port;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos || !parse_ip(host.substr(1, end - 1))) {
      return "what is in brackets must be an IPv6 address, as in http://[::1]/";
    }
    port = host.substr(end + 1);
  } else {
    const auto colon = std::min(host.find(':'), host.size());
    if (colon == 0) return "a host is needed, as in https://crm.example/v1";
    port = host.substr(colon);
  }
  if (port.empty() || (port.starts_with(':') && is_port(port.substr(1)))) return "";
  return "the port must be a number from 1 to 65535";
}

}  // namespace

std::string fault_of_base_url(const Service& service) {
  if (service.type != ServiceType::kAmqp) return fault_of_http(service.base_url);
  const auto address = parse_amqp_address(service.base_url);
  return address ? "" : address.error().detail;
}

}  // namespace mih::core
