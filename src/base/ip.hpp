#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mih {

/// An IPv4 or IPv6 address. IPv4 uses the first four bytes; the rest is zero.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = true;
  bool operator==(const IpAddress&) const = default;
};

/// Dotted quad or RFC 4291 text, without brackets, zone or prefix.
std::optional<IpAddress> parse_ip(std::string_view text);
std::string to_text(const IpAddress& address);

/// A range of addresses, for instance 10.0.0.0/8. IPv4 and IPv6 never contain each other.
struct IpNetwork {
  IpAddress address;
  int prefix = 0;
  bool contains(const IpAddress& other) const;
};

/// ADDRESS/PREFIX, or an address alone (a network of one). Bits behind the prefix are ignored.
std::optional<IpNetwork> parse_network(std::string_view text);

/// RFC 1123 with underscores: labels of letters, digits, - and _, at most 253 characters, the last
/// label not a number (that would be a mistyped address).
bool is_host_name(std::string_view text);

}  // namespace mih
