#include "bench/socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace mih::bench {
namespace {

constexpr int kListenQueue = 1024;

void set_timeout(const Fd& socket, std::chrono::milliseconds timeout) {
  timeval value{};
  value.tv_sec = timeout.count() / 1000;
  value.tv_usec = (timeout.count() % 1000) * 1000;
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::string errno_text(std::string_view what) {
  return std::string{what} + ": " + std::generic_category().message(errno);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const std::string whole{text};
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  const auto colon = text.rfind(':');
  Endpoint endpoint;
  in_addr address{};
  if (colon != std::string_view::npos) {
    endpoint.host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error == std::errc{} && end == port.data() + port.size() &&
        inet_pton(AF_INET, endpoint.host.c_str(), &address) == 1) {
      return endpoint;
    }
  }
  return fail(ErrorCode::kInternal,
              "\"" + whole + "\" is not a numeric address and port, such as 127.0.0.1:8085");
}

Result<Fd> listen_loopback() {
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kListenQueue) != 0) {
    return fail(ErrorCode::kInternal, errno_text("cannot listen on 127.0.0.1"));
  }
  return socket;
}

std::uint16_t local_port(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

Result<Fd> connect_tcp(const Endpoint& to, std::chrono::milliseconds timeout) {
  Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail(ErrorCode::kInternal, errno_text("cannot make a socket"));
  set_timeout(socket, timeout);
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port);
  inet_pton(AF_INET, to.host.c_str(), &address.sin_addr);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorCode::kInternal,
                errno_text("cannot connect to " + to.host + ":" + std::to_string(to.port)));
  }
  return socket;
}

Result<Fd> connect_unix(const std::filesystem::path& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInternal,
                "the path of the socket " + path.string() + " is longer than a socket allows");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail(ErrorCode::kInternal, errno_text("cannot make a socket"));
  set_timeout(socket, timeout);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorCode::kInternal, errno_text("cannot connect to " + path.string()));
  }
  return socket;
}

Result<void> write_all(const Fd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return fail(ErrorCode::kInternal, errno_text("cannot send"));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace mih::bench
