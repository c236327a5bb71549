#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace mih::cli {

/// Where the hub is asked: at its admin socket (no token needed), or over HTTP with a token.
struct Target {
  std::filesystem::path socket;  ///< used when `url` is empty
  std::string url;               ///< "http://host:8085"
  std::string token;
};

struct Answer {
  int status = 0;
  std::string body;
  bool is_success() const { return status >= 200 && status < 300; }
};

/// One request to the HTTP API at a time, over a connection that is kept.
class Client {
 public:
  explicit Client(Target target);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `path` is behind /api/v1. An error when no answer came, which says what to do.
  Result<Answer> send(std::string_view method, std::string_view path, std::string_view body = {},
                      std::string_view content_type = "application/json");
  /// GET of a whole path, such as /healthz. Does not wait for ever.
  Result<Answer> get(const std::string& path);

 private:
  Result<Answer> perform(const std::string& verb, const std::string& path, std::string_view body,
                         std::string_view content_type, std::chrono::seconds timeout);

  Target target_;
  void* handle_;  ///< CURL
};

/// A text as one segment of a path, or as a value of a query (RFC 3986, unreserved bytes stay).
std::string encoded(std::string_view text);

/// A query string that grows: "" or "?a=b&c=d". Empty values are left out.
class QueryText {
 public:
  QueryText& add(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace mih::cli
