#include "api/listener.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <grp.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/ip.hpp"

namespace mih::api {
namespace {

constexpr int kBacklog = 1024;

std::string reason() {
  return std::generic_category().message(errno);
}

std::unexpected<Error> cannot_listen(std::string_view address, std::string_view why) {
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("Cannot listen on {}: {}. Choose another address or free this one.",
                          address, why));
}

std::uint16_t port_of(int handle) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(handle, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(&address)->sin_addr.s_addr);
    return ip >> 24U == 127;
  }
  if (address.ss_family != AF_INET6) return false;
  const auto& ip = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&ip) || (IN6_IS_ADDR_V4MAPPED(&ip) && ip.s6_addr[12] == 127);
}

/// An IPv4 address in an IPv6 one reads as the IPv4 address that it is.
std::string address_text(const sockaddr_storage& address) {
  IpAddress out;
  if (address.ss_family == AF_INET) {
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr, 4);
    return to_text(out);
  }
  const auto& ip = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&ip);
  out.is_v4 = mapped;
  std::memcpy(out.bytes.data(), ip.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
  return to_text(out);
}

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& text = path.native();
  if (text.size() >= sizeof address.sun_path) {
    return cannot_listen(text, fmt::format("a socket's path has at most {} bytes, this has {}",
                                           sizeof address.sun_path - 1, text.size()));
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

/// Removes what an earlier run left at the path; an error if it is in use or not a socket.
Result<void> make_way(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) return cannot_listen(path.native(), "there is a file in the way");
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool used = probe >= 0 && ::connect(probe, reinterpret_cast<const sockaddr*>(&address),
                                            sizeof address) == 0;
  if (probe >= 0) ::close(probe);
  if (used) return cannot_listen(path.native(), "another program listens there");
  if (::unlink(path.c_str()) != 0) return cannot_listen(path.native(), reason());
  return {};
}

Result<void> give_to_group(const std::filesystem::path& path, const std::string& group) {
  std::array<char, 4096> scratch{};
  ::group entry{};
  ::group* found = nullptr;
  if (::getgrnam_r(group.c_str(), &entry, scratch.data(), scratch.size(), &found) != 0 || !found) {
    return cannot_listen(path.native(), fmt::format("there is no group '{}'", group));
  }
  if (::chown(path.c_str(), static_cast<uid_t>(-1), entry.gr_gid) != 0) {
    return cannot_listen(path.native(),
                         fmt::format("cannot give it to group '{}': {}", group, reason()));
  }
  return {};
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : handle(std::exchange(other.handle, -1)),
      family(other.family),
      port(other.port),
      path(std::exchange(other.path, {})) {}

ListeningSocket::~ListeningSocket() {
  if (handle >= 0) ::close(handle);
  if (!path.empty()) ::unlink(path.c_str());
}

int ListeningSocket::release() {
  return std::exchange(handle, -1);
}

Result<Address> parse_address(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == address.size()) {
    return cannot_listen(address, "an address is HOST:PORT");
  }
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return cannot_listen(address, "an address is HOST:PORT, with a host");
  const auto port = address.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (fault != std::errc{} || end != port.data() + port.size()) {
    return cannot_listen(address, "a port is a number from 0 to 65535");
  }
  return Address{std::string(host), std::string(port)};
}

Result<ListeningSocket> listen_tcp(std::string_view address) {
  const auto parts = parse_address(address);
  if (!parts) return std::unexpected(parts.error());
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  const int fault = ::getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &raw);
  if (fault != 0) return cannot_listen(address, ::gai_strerror(fault));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(raw, &::freeaddrinfo);

  ListeningSocket out;
  out.family = found->ai_family;
  out.handle = ::socket(out.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (out.handle < 0 || ::setsockopt(out.handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(out.handle, found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(out.handle, kBacklog) != 0) {
    return cannot_listen(address, reason());
  }
  out.port = port_of(out.handle);
  return out;
}

Result<ListeningSocket> listen_unix(const std::filesystem::path& path, unsigned mode,
                                    const std::string& group) {
  auto address = unix_address(path);
  if (!address) return fail(address);
  auto free = make_way(path, *address);
  if (!free) return fail(free);

  ListeningSocket out;
  out.family = AF_UNIX;
  out.handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (out.handle < 0 ||
      ::bind(out.handle, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return cannot_listen(path.native(), reason());
  }
  out.path = path;
  // Nobody can connect before listen(), so there is no moment with wider permissions.
  if (!group.empty()) {
    auto given = give_to_group(path, group);
    if (!given) return fail(given);
  }
  if (::chmod(path.c_str(), mode) != 0 || ::listen(out.handle, kBacklog) != 0) {
    return cannot_listen(path.native(), reason());
  }
  return out;
}

Peer identify_peer(int handle, Door door) {
  Peer peer{.door = door};
  if (door == Door::kTcp) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(handle, reinterpret_cast<sockaddr*>(&address), &size) != 0) return peer;
    peer.loopback = is_loopback(address);
    peer.address = address_text(address);
    return peer;
  }
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(handle, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  peer.trusted =
      door == Door::kAdminSocket && (credentials.uid == ::geteuid() || credentials.uid == 0);
  peer.address = fmt::format("uid {}", credentials.uid);
  return peer;
}

void prepare_connection(int handle, Door door) {
  if (door != Door::kTcp) return;
  const int on = 1;
  // Without it answers are only slower.
  static_cast<void>(::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

}  // namespace mih::api
