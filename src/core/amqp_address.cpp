#include "core/amqp_address.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "base/ip.hpp"

namespace mih::core {
namespace {

constexpr std::uint16_t kPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;
constexpr std::size_t kMostName = 255;  // AMQP's short strings

std::unexpected<Error> invalid(std::string detail) {
  return fail(ErrorCode::kValidationFailed, std::move(detail));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Result<void> take(std::string_view part, std::string_view name, std::string& target) {
  auto decoded = percent_decoded(part);
  if (!decoded) return invalid(fmt::format("{} has a % that is not followed by two digits", name));
  if (decoded->size() > kMostName) return invalid(fmt::format("{} is over 255 bytes", name));
  target = std::move(*decoded);
  return {};
}

Result<void> read_credentials(std::string_view text, AmqpAddress& address) {
  const auto colon = text.find(':');
  if (auto taken = take(text.substr(0, colon), "the user", address.user); !taken) return taken;
  if (colon == std::string_view::npos) return {};
  return take(text.substr(colon + 1), "the password", address.password);
}

Result<void> read_port(std::string_view text, AmqpAddress& address) {
  if (text.empty()) return {};
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, address.port);
  if (read.ec != std::errc{} || read.ptr != end || address.port == 0) {
    return invalid("the port must be a number from 1 to 65535");
  }
  return {};
}

Result<void> read_host(std::string_view text, AmqpAddress& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return invalid("the IPv6 address has no closing bracket");
    address.host = text.substr(1, end - 1);
    if (!parse_ip(address.host)) return invalid("what is in brackets is no IPv6 address");
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return invalid("the host is malformed");
  } else {
    const auto colon = text.find(':');
    auto host = percent_decoded(text.substr(0, colon));
    if (!host || host->empty()) return invalid("a host is needed, as in amqp://host/vhost");
    if (!is_host_name(*host) && !parse_ip(*host)) return invalid("the host is malformed");
    address.host = std::move(*host);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  return read_port(port.empty() ? port : port.substr(1), address);
}

Result<void> read_parameter(std::string_view text, AmqpAddress& address) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto value = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  if (name == "exchange") return take(value, name, address.exchange);
  if (name == "routing_key") return take(value, name, address.routing_key);
  if (name == "queue_declare") return take(value, name, address.queue_declare);
  if (name == "dlq") return take(value, name, address.dlq);
  return {};
}

Result<void> read_query(std::string_view query, AmqpAddress& address) {
  while (!query.empty()) {
    const auto end = query.find('&');
    if (auto read = read_parameter(query.substr(0, end), address); !read) return read;
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  if (!address.dlq.empty() && address.queue_declare.empty()) {
    return invalid("dlq needs queue_declare: it is the dead letter queue of that queue");
  }
  if (!address.dlq.empty() && address.dlq == address.queue_declare) {
    return invalid("dlq must be another queue than queue_declare");
  }
  return {};
}

}  // namespace

std::string_view AmqpAddress::routing_key_for(std::string_view endpoint) const {
  if (!endpoint.empty()) return endpoint;
  if (!routing_key.empty()) return routing_key;
  return exchange.empty() ? std::string_view{queue_declare} : std::string_view{};
}

Result<AmqpAddress> parse_amqp_address(std::string_view base_url) {
  AmqpAddress address;
  if (base_url.starts_with("amqps://")) {
    address.tls = true;
  } else if (!base_url.starts_with("amqp://")) {
    return invalid("must start with amqp:// or amqps://");
  }
  address.port = address.tls ? kTlsPort : kPort;
  base_url.remove_prefix(base_url.find("://") + 3);
  base_url = base_url.substr(0, base_url.find('#'));
  const auto mark = base_url.find('?');
  const auto query = mark == std::string_view::npos ? "" : base_url.substr(mark + 1);
  base_url = base_url.substr(0, mark);
  const auto slash = base_url.find('/');
  auto authority = base_url.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    auto read = read_credentials(authority.substr(0, at), address);
    if (!read) return fail(read);
    authority.remove_prefix(at + 1);
  }
  auto read = read_host(authority, address);
  if (read && slash != std::string_view::npos && slash + 1 < base_url.size()) {
    read = take(base_url.substr(slash + 1), "the vhost", address.vhost);
  }
  if (read) read = read_query(query, address);
  if (!read) return fail(read);
  return address;
}

}  // namespace mih::core
