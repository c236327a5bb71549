#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mih::api::testing {

struct RawResponse {
  int status = 0;  ///< 0: the connection ended before there was an answer
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
  /// "" when it is not there.
  std::string header(const std::string& name) const;
};

/// A blocking connection that sends what it is told to, well-formed or not. Everything that waits
/// gives up after a minute, which fails the test.
class RawClient {
 public:
  /// "http://127.0.0.1:8085"
  static RawClient to_url(const std::string& url);
  static RawClient to_socket(const std::filesystem::path& path);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;

  /// Sends all of it, or as much as the other end takes.
  void send(std::string_view bytes);
  /// Says that nothing more will be sent.
  void finish_sending();
  /// The next response. `head` for the answer to a HEAD request.
  RawResponse receive(bool head = false);
  /// What has come up to and with `text`, without what was returned before.
  std::string receive_until(std::string_view text);
  /// All that comes until the other end closes.
  std::string receive_until_closed();
  /// True if the other end closes without sending anything more.
  bool is_closed();

  /// Sends a request and receives its response. `extra` are whole header lines with their CRLF.
  RawResponse request(std::string_view method, std::string_view target, std::string_view body = {},
                      std::string_view extra = {});
  /// Sent as bearer token from now on.
  void use_token(std::string token) { token_ = std::move(token); }

 private:
  explicit RawClient(int handle) : handle_(handle) {}
  bool fill();

  int handle_;
  std::string token_;
  std::string buffer_;
};

}  // namespace mih::api::testing
