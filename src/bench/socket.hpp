#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace mih::bench {

/// Owns one file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// Takes "http://127.0.0.1:8085" or "127.0.0.1:8085" apart. Only numeric IPv4 addresses.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// A listening, non-blocking socket on a free port of the loopback address.
[[nodiscard]] Result<Fd> listen_loopback();
/// The port that a socket is bound to.
std::uint16_t local_port(const Fd& socket);

/// Blocking sockets whose reads and writes give up after `timeout`.
[[nodiscard]] Result<Fd> connect_tcp(const Endpoint& to, std::chrono::milliseconds timeout);
[[nodiscard]] Result<Fd> connect_unix(const std::filesystem::path& path,
                                      std::chrono::milliseconds timeout);

/// Writes everything to a blocking socket.
[[nodiscard]] Result<void> write_all(const Fd& socket, std::string_view bytes);

/// "what: text of errno".
std::string errno_text(std::string_view what);

}  // namespace mih::bench
