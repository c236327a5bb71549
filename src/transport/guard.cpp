#include "transport/guard.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace mih::transport {
namespace {

using Entry = std::pair<std::string_view, AddressKind>;

/// The first entry that contains the address decides.
constexpr std::array<Entry, 23> kSpecialV4{{
    {"0.0.0.0/32", AddressKind::kUnspecified},    {"0.0.0.0/8", AddressKind::kReserved},
    {"10.0.0.0/8", AddressKind::kPrivate},        {"100.100.100.200/32", AddressKind::kMetadata},
    {"100.64.0.0/10", AddressKind::kPrivate},     {"127.0.0.0/8", AddressKind::kLoopback},
    {"168.63.129.16/32", AddressKind::kMetadata}, {"169.254.169.254/32", AddressKind::kMetadata},
    {"169.254.170.2/32", AddressKind::kMetadata}, {"169.254.170.23/32", AddressKind::kMetadata},
    {"169.254.0.0/16", AddressKind::kLinkLocal},  {"172.16.0.0/12", AddressKind::kPrivate},
    {"192.0.0.192/32", AddressKind::kMetadata},   {"192.0.0.0/24", AddressKind::kReserved},
    {"192.0.2.0/24", AddressKind::kReserved},     {"192.88.99.0/24", AddressKind::kReserved},
    {"192.168.0.0/16", AddressKind::kPrivate},    {"198.18.0.0/15", AddressKind::kReserved},
    {"198.51.100.0/24", AddressKind::kReserved},  {"203.0.113.0/24", AddressKind::kReserved},
    {"224.0.0.0/4", AddressKind::kMulticast},     {"255.255.255.255/32", AddressKind::kReserved},
    {"240.0.0.0/4", AddressKind::kReserved},
}};

constexpr std::array<Entry, 21> kSpecialV6{{
    {"::/128", AddressKind::kUnspecified},
    {"::1/128", AddressKind::kLoopback},
    {"::/96", AddressKind::kEmbedsV4},
    {"::ffff:0:0/96", AddressKind::kEmbedsV4},
    {"::ffff:0:0:0/96", AddressKind::kEmbedsV4},
    {"64:ff9b::/96", AddressKind::kEmbedsV4},
    {"64:ff9b:1::/48", AddressKind::kEmbedsV4},
    {"2001::/32", AddressKind::kEmbedsV4},
    {"2002::/16", AddressKind::kEmbedsV4},
    {"2001:db8::/32", AddressKind::kReserved},
    {"2001::/23", AddressKind::kReserved},
    {"3fff::/20", AddressKind::kReserved},
    {"2000::/3", AddressKind::kPublic},
    {"fd00:ec2::254/128", AddressKind::kMetadata},
    {"fd00:ec2::23/128", AddressKind::kMetadata},
    {"fd20:ce::254/128", AddressKind::kMetadata},
    {"fc00::/7", AddressKind::kPrivate},
    {"fe80::/10", AddressKind::kLinkLocal},
    {"fec0::/10", AddressKind::kPrivate},
    {"ff00::/8", AddressKind::kMulticast},
    {"::/0", AddressKind::kReserved},
}};

using Table = std::vector<std::pair<IpNetwork, AddressKind>>;

Table make_table(std::span<const Entry> entries) {
  Table table;
  for (const auto& [network, kind] : entries)
    table.emplace_back(*parse_network(network), kind);
  return table;
}

std::string plain_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string lower{host};
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// The IPv4 address that is dialled when an IPv4-mapped IPv6 address is.
std::optional<IpAddress> mapped_v4(const IpAddress& address) {
  static const IpNetwork kMapped = *parse_network("::ffff:0:0/96");
  if (!kMapped.contains(address)) return std::nullopt;
  IpAddress inner;
  std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
  return inner;
}

/// RFC 5214: the identifier of an interface that holds an IPv4 address.
bool is_isatap(const IpAddress& address) {
  const auto& b = address.bytes;
  return !address.is_v4 && (b[8] & 0xFDU) == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
}

}  // namespace

AddressKind classify(const IpAddress& address) {
  static const Table kV4 = make_table(kSpecialV4);
  static const Table kV6 = make_table(kSpecialV6);
  for (const auto& [network, kind] : address.is_v4 ? kV4 : kV6) {
    if (!network.contains(address)) continue;
    return kind == AddressKind::kPublic && is_isatap(address) ? AddressKind::kEmbedsV4 : kind;
  }
  return AddressKind::kPublic;
}

std::string_view describe(AddressKind kind) {
  static constexpr std::array<std::string_view, 9> kTexts{
      "a public address",    "the unspecified address",     "a loopback address",
      "a private address",   "a link-local address",        "a cloud metadata address",
      "a multicast address", "an IPv4 address inside IPv6", "a reserved address"};
  return kTexts[static_cast<std::size_t>(kind)];
}

Result<Guard> Guard::parse(std::span<const std::string> allowed) {
  Guard guard;
  for (const std::string& entry : allowed) {
    if (const auto network = parse_network(entry)) {
      guard.networks_.push_back(*network);
    } else if (is_host_name(entry)) {
      guard.hosts_.push_back(plain_host(entry));
    } else {
      return fail(ErrorCode::kConfigInvalid,
                  fmt::format("allowed_private: \"{}\" is not a network (10.0.0.0/8), an address "
                              "or a host name",
                              entry));
    }
  }
  return guard;
}

bool Guard::allows(std::string_view host, const IpAddress& address) const {
  if (classify(address) == AddressKind::kPublic) return true;
  const auto contains = [](const IpAddress& wanted) {
    return [&wanted](const IpNetwork& network) { return network.contains(wanted); };
  };
  if (std::ranges::any_of(networks_, contains(address))) return true;
  if (const auto inner = mapped_v4(address)) {
    if (std::ranges::any_of(networks_, contains(*inner))) return true;
  }
  return !hosts_.empty() && std::ranges::find(hosts_, plain_host(host)) != hosts_.end();
}

std::string Guard::refusal(std::string_view host, const IpAddress& address) {
  const std::string text = to_text(address);
  const std::string target = plain_host(host) == text ? text : fmt::format("{} ({})", host, text);
  return fmt::format(
      "{} is {} and may not be reached; to allow it, add {} or its network to allowed_private "
      "(MIH_ALLOWED_PRIVATE)",
      target, describe(classify(address)), text);
}

}  // namespace mih::transport
