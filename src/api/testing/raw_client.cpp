#include "api/testing/raw_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace mih::api::testing {
namespace {

constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

int connected(int family, const sockaddr* address, socklen_t size) {
  const int handle = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (family == AF_INET) {
    const int on = 1;
    ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(handle, address, size) != 0) {
    ::close(handle);
    throw std::runtime_error("cannot connect");
  }
  return handle;
}

}  // namespace

std::string RawResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string{} : found->second;
}

RawClient RawClient::to_url(const std::string& url) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  return RawClient(connected(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawClient RawClient::to_socket(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return RawClient(connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

RawClient::RawClient(RawClient&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)),
      token_(std::move(other.token_)),
      buffer_(std::move(other.buffer_)) {}

RawClient::~RawClient() {
  if (handle_ >= 0) ::close(handle_);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawClient::finish_sending() {
  ::shutdown(handle_, SHUT_WR);
}

bool RawClient::fill() {
  std::array<char, 16384> piece{};
  const auto count = ::recv(handle_, piece.data(), piece.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    throw std::runtime_error("no answer within a minute");
  }
  if (count <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

RawResponse RawClient::receive(bool head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  RawResponse out;
  out.status = std::stoi(buffer_.substr(buffer_.find(' ') + 1, 3));
  std::size_t line = buffer_.find("\r\n") + 2;
  while (line < end + 2) {
    const auto stop = buffer_.find("\r\n", line);
    const auto colon = buffer_.find(": ", line);
    auto name = buffer_.substr(line, colon - line);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    out.headers[name] = buffer_.substr(colon + 2, stop - colon - 2);
    line = stop + 2;
  }
  buffer_.erase(0, end + 4);
  const auto length = out.header("content-length");
  const auto size = head || length.empty() ? 0 : std::stoul(length);
  while (buffer_.size() < size) {
    if (!fill()) break;
  }
  out.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

std::string RawClient::receive_until(std::string_view text) {
  std::size_t at = 0;
  while ((at = buffer_.find(text)) == std::string::npos) {
    if (!fill()) throw std::runtime_error("closed instead of: " + std::string(text));
  }
  auto out = buffer_.substr(0, at + text.size());
  buffer_.erase(0, out.size());
  return out;
}

std::string RawClient::receive_until_closed() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::is_closed() {
  return buffer_.empty() && !fill();
}

RawResponse RawClient::request(std::string_view method, std::string_view target,
                               std::string_view body, std::string_view extra) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
  if (!token_.empty()) text += fmt::format("Authorization: Bearer {}\r\n", token_);
  const bool typed = extra.find("Content-Type") != std::string_view::npos;
  if (!body.empty() && !typed) text += "Content-Type: application/json\r\n";
  text += fmt::format("{}Content-Length: {}\r\n\r\n", extra, body.size());
  send(text);
  send(body);
  return receive(method == "HEAD");
}

}  // namespace mih::api::testing
