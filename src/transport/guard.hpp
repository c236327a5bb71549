#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ip.hpp"

/// The outgoing guard: which addresses a service may be reached at. It judges the address that is
/// really dialled, after name resolution and for every redirect, so that no name, spelling or late
/// change of a name gets around it. Every transport asks it before it connects.
namespace mih::transport {

/// What an address is for (IANA special-purpose registries, RFC 6890 and later). Everything but
/// kPublic is refused unless it is allowed.
enum class AddressKind : std::uint8_t {
  kPublic,
  kUnspecified,
  kLoopback,
  kPrivate,  ///< RFC 1918, shared address space, unique local
  kLinkLocal,
  kMetadata,  ///< credentials of cloud machines are served there
  kMulticast,
  kEmbedsV4,  ///< IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP
  kReserved,
};

AddressKind classify(const IpAddress& address);

/// For people: "a loopback address".
std::string_view describe(AddressKind kind);

/// Immutable once made; may be shared by threads.
class Guard {
 public:
  /// Refuses everything that is not public.
  Guard() = default;

  /// `allowed` has networks, addresses and host names. kConfigInvalid names a bad entry.
  static Result<Guard> parse(std::span<const std::string> allowed);

  /// `host` is what the service's URL says (a name or an address), `address` what it led to. An
  /// allowed host name allows whatever that name resolves to.
  bool allows(std::string_view host, const IpAddress& address) const;

  /// Why it was refused and how to allow it.
  static std::string refusal(std::string_view host, const IpAddress& address);

 private:
  std::vector<IpNetwork> networks_;
  std::vector<std::string> hosts_;  ///< lower case, without a trailing dot
};

}  // namespace mih::transport
