#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "bench/socket.hpp"

namespace mih::bench {

/// One keep-alive HTTP/1.1 connection, blocking, for one thread. Understands what the hub sends:
/// answers with Content-Length. Connects when it has to; a failed exchange closes the connection.
class HttpClient {
 public:
  using Connect = std::function<Result<Fd>()>;
  struct Response {
    int status = 0;
    std::string body;
  };

  /// `host` is the Host header; `token` is sent as a bearer token unless it is empty.
  HttpClient(Connect connect, std::string_view host, std::string_view token);
  static HttpClient over_tcp(const Endpoint& endpoint, std::string_view token,
                             std::chrono::milliseconds timeout);
  static HttpClient over_unix(const std::filesystem::path& path, std::chrono::milliseconds timeout);

  /// One request and its answer, whatever the status. A GET on a kept connection that the other
  /// side had closed meanwhile is sent again; everything else is the caller's decision.
  [[nodiscard]] Result<Response> exchange(std::string_view method, std::string_view path,
                                          std::string_view body = {});
  /// Like exchange(), but a status that is not 2xx is an error with the answer's text in it.
  [[nodiscard]] Result<std::string> call(std::string_view method, std::string_view path,
                                         std::string_view body = {});

 private:
  Result<Response> try_exchange(std::string_view method, std::string_view path,
                                std::string_view body);
  Result<Response> read_response();
  bool read_more();

  Connect connect_;
  std::string common_headers_;
  Fd socket_;
  std::string output_;
  std::string input_;
  bool answer_began_ = false;
};

}  // namespace mih::bench
