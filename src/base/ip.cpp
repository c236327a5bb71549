#include "base/ip.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace mih {
namespace {

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated{text};
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.is_v4 = false;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.is_v4 ? AF_INET : AF_INET6, address.bytes.data(), text.data(), text.size());
  return text.data();
}

bool IpNetwork::contains(const IpAddress& other) const {
  if (address.is_v4 != other.is_v4) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.bytes.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (address.bytes[whole] & mask) == (other.bytes[whole] & mask);
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int bits = address->is_v4 ? 32 : 128;
  if (slash == std::string_view::npos) return IpNetwork{*address, bits};
  const std::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), prefix);
  if (error != std::errc{} || end != digits.end() || prefix < 0 || prefix > bits) {
    return std::nullopt;
  }
  return IpNetwork{*address, prefix};
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  bool is_number = true;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      is_number = true;
    } else if (!is_label_character(c) || ++label > 63) {
      return false;
    } else {
      is_number = is_number && c >= '0' && c <= '9';
    }
  }
  return label > 0 && !is_number;
}

}  // namespace mih
