#include "core/text_faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>

#include "base/header.hpp"
#include "base/ip.hpp"

namespace mih::core {
namespace {

constexpr std::string_view kSchemeEnd = "://";
constexpr std::array<std::string_view, 2> kHttp{"http", "https"};
/// What libcurl goes through (CURLOPT_PROXY).
constexpr std::array<std::string_view, 6> kProxies{"http",    "https",  "socks4",
                                                   "socks4a", "socks5", "socks5h"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Host and port, with what stands before and behind them taken away.
std::string_view host_and_port(std::string_view url) {
  url.remove_prefix(url.find(kSchemeEnd) + kSchemeEnd.size());
  url = url.substr(0, url.find_first_of("/?#"));
  const auto at = url.rfind('@');
  return at == std::string_view::npos ? url : url.substr(at + 1);
}

bool has_userinfo(std::string_view url) {
  const auto begin = url.find(kSchemeEnd) + kSchemeEnd.size();
  return url.substr(begin, url.find_first_of("/?#", begin) - begin).contains('@');
}

std::string fault_of_port(std::string_view port) {
  std::uint16_t number = 0;
  const auto* end = port.data() + port.size();
  const auto read = std::from_chars(port.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number > 0) return {};
  return "the port must be a number from 1 to 65535";
}

std::string fault_of_host(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = std::min(text.find(']'), text.size());
    host = text.substr(1, end - 1);
    port = text.substr(std::min(end + 1, text.size()));
    const auto ip = parse_ip(host);
    if (!ip || ip->is_v4 || end == text.size()) return "what is in brackets is no IPv6 address";
    if (!port.empty() && !port.starts_with(':')) return "the host is malformed";
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
    // Names of other alphabets are for the resolver to judge.
    const bool foreign =
        std::ranges::any_of(host, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (host.empty()) return "a host is needed, as in https://crm.example/v1";
    const bool fine = foreign ? !host.contains(' ') : is_host_name(host) || parse_ip(host);
    if (!fine) return "the host is malformed";
  }
  return port.empty() ? std::string{} : fault_of_port(port.substr(1));
}

std::string fault_of_url(std::string_view url, std::span<const std::string_view> schemes) {
  if (auto fault = fault_of_line(url); !fault.empty()) return fault;
  const auto scheme = url.substr(0, url.find(kSchemeEnd));
  const bool known =
      url.contains(kSchemeEnd) && std::ranges::find(schemes, scheme) != schemes.end();
  if (!known) return fmt::format("must start with {}://", fmt::join(schemes, ":// or "));
  if (url.contains(' ')) return "must not have a space; one in a path or query is written %20";
  return fault_of_host(host_and_port(url));
}

}  // namespace

std::string fault_of_line(std::string_view text) {
  if (std::ranges::none_of(text, is_control)) return {};
  const bool line_break = text.find_first_of("\r\n") != std::string_view::npos;
  return fmt::format("must not contain {}; remove it", line_break
                                                           ? "a line break, not even at its end"
                                                           : "a tab or another control character");
}

std::string fault_of_credential_header(std::string_view name) {
  if (name.empty()) return {};
  if (!is_header_name(name)) {
    return "must be the name of a header: letters, digits and hyphens (RFC 9110, section 5.1)";
  }
  if (is_connection_header(name) || equal_ignoring_case(name, "Host")) {
    return "must be another header: this one is set by the hub itself";
  }
  return {};
}

std::string fault_of_basic_user(std::string_view user) {
  if (user.contains(':')) {
    return "must not contain a colon, which ends the user name (RFC 7617); the password belongs "
           "into auth_token";
  }
  return fault_of_line(user);
}

std::string fault_of_http_url(std::string_view url) {
  return fault_of_url(url, kHttp);
}

std::string fault_of_token_url(std::string_view url) {
  if (url.empty()) return {};
  if (auto fault = fault_of_url(url, kHttp); !fault.empty()) return fault;
  if (!has_userinfo(url)) return {};
  return "must not contain a user or password: use oauth2_client_id and auth_token";
}

std::string fault_of_proxy(std::string_view url) {
  return url.empty() ? std::string{} : fault_of_url(url, kProxies);
}

}  // namespace mih::core
