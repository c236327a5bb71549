#include "bench/http_client.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <sys/socket.h>

#include "bench/http_message.hpp"

namespace mih::bench {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kMaxResponseBytes = 64u << 20;

}  // namespace

HttpClient::HttpClient(Connect connect, std::string_view host, std::string_view token)
    : connect_(std::move(connect)) {
  common_headers_ = " HTTP/1.1\r\nHost: " + std::string{host} + "\r\n";
  if (!token.empty()) common_headers_ += "Authorization: Bearer " + std::string{token} + "\r\n";
}

HttpClient HttpClient::over_tcp(const Endpoint& endpoint, std::string_view token,
                                std::chrono::milliseconds timeout) {
  return HttpClient{[endpoint, timeout] { return connect_tcp(endpoint, timeout); },
                    endpoint.host + ":" + std::to_string(endpoint.port), token};
}

HttpClient HttpClient::over_unix(const std::filesystem::path& path,
                                 std::chrono::milliseconds timeout) {
  return HttpClient{[path, timeout] { return connect_unix(path, timeout); }, "localhost", ""};
}

Result<HttpClient::Response> HttpClient::exchange(std::string_view method, std::string_view path,
                                                  std::string_view body) {
  const bool reused = static_cast<bool>(socket_);
  auto response = try_exchange(method, path, body);
  if (response) return response;
  socket_.reset();
  if (!reused || answer_began_ || method != "GET") return response;
  response = try_exchange(method, path, body);
  if (!response) socket_.reset();
  return response;
}

Result<std::string> HttpClient::call(std::string_view method, std::string_view path,
                                     std::string_view body) {
  auto response = exchange(method, path, body);
  if (!response) return fail(response);
  if (response->status >= 200 && response->status < 300) return std::move(response->body);
  return fail(ErrorCode::kInternal, std::string{method} + " " + std::string{path} + " got HTTP " +
                                        std::to_string(response->status) + ": " + response->body);
}

Result<HttpClient::Response> HttpClient::try_exchange(std::string_view method,
                                                      std::string_view path,
                                                      std::string_view body) {
  answer_began_ = false;
  if (!socket_) {
    auto connected = connect_();
    if (!connected) return fail(connected);
    socket_ = std::move(*connected);
  }
  input_.clear();
  output_.clear();
  output_.append(method).append(" ").append(path).append(common_headers_);
  if (!body.empty()) output_ += "Content-Type: application/json\r\n";
  if (!body.empty() || method != "GET") {
    output_ += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  output_.append("\r\n").append(body);
  if (auto written = write_all(socket_, output_); !written) return fail(written);
  return read_response();
}

Result<HttpClient::Response> HttpClient::read_response() {
  for (;;) {
    MessageHead head;
    const HeadState state = parse_head(input_, head);
    const int status = state == HeadState::kComplete ? status_of(head.start_line) : 0;
    if (state == HeadState::kMalformed || (state == HeadState::kComplete && status == 0)) {
      return fail(ErrorCode::kInternal, "the answer is not HTTP/1.1");
    }
    if (state == HeadState::kComplete && status < 200) {
      input_.erase(0, head.size);
      continue;
    }
    const bool has_body = status != 204 && status != 304;
    if (state == HeadState::kComplete && has_body &&
        (!head.has_length || head.content_length > kMaxResponseBytes)) {
      return fail(ErrorCode::kInternal, "the answer has no usable Content-Length");
    }
    if (state == HeadState::kComplete && input_.size() >= head.total()) {
      if (head.closes) socket_.reset();
      return Response{status, input_.substr(head.size, head.content_length)};
    }
    if (!read_more()) {
      return fail(ErrorCode::kInternal, errno == 0 ? "the connection was closed before the answer"
                                                   : errno_text("cannot read the answer"));
    }
  }
}

bool HttpClient::read_more() {
  std::array<char, kReadBytes> buffer;
  ssize_t got = 0;
  do {
    errno = 0;
    got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  answer_began_ = true;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace mih::bench
