#pragma once

#include <array>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string>

#include "core/exchange.hpp"
#include "transport/guard.hpp"
#include "transport/http/header_list.hpp"
#include "transport/transport.hpp"

namespace mih::transport {

/// One libcurl handle and the call it makes at the moment. Reused from call to call; owned and used
/// by one thread.
class Call {
 public:
  /// Both outlive the call.
  Call(const Guard& guard, const Clock& clock);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Prepares the handle. Returns a reply if the request cannot be sent at all.
  std::optional<core::Reply> prepare(CallId id, core::Request request);

  /// What libcurl said when the transfer ended. Empty: a redirect is to be followed, the handle is
  /// prepared for it. Otherwise the reply; the call is then over.
  std::optional<core::Reply> finish(CURLcode code);

  /// The reply of a call that was given up.
  core::Reply abandon(std::string why);

  CURL* handle() const { return handle_.get(); }
  CallId id() const { return id_; }
  std::size_t position = 0;  ///< in the owner's list of running calls

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_request(void* self, char* ip, char* local_ip, int port, int local_port);

  void set_up_handle();
  void set_identity();
  void set_route();
  std::optional<core::Reply> set_request();
  std::optional<core::Reply> set_headers();
  void set_timeout();
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  bool follow_redirect();
  /// Before a proxy is asked for a target, the target is resolved here and its addresses are
  /// judged; nothing is sent meanwhile.
  bool checks_target() const { return checking_; }
  std::optional<core::Reply> finish_check(CURLcode code);
  core::Reply answer();
  core::Reply failure(CURLcode code);
  core::Reply failed(core::Failure failure, std::string error) const;
  std::string target() const;
  std::chrono::microseconds elapsed() const;

  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  const Guard& guard_;
  const Clock& clock_;
  std::unique_ptr<CURL, Cleanup> handle_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  /// What the handle trusts and shows at a TLS connection, and the proxy it goes through.
  struct Identity {
    std::string ca_file;  ///< "" = the system's
    std::string client_cert;
    std::string client_key;
    std::string proxy;
    bool operator==(const Identity&) const = default;
  };
  Identity identity_;
  HeaderList headers_;

  CallId id_ = 0;
  core::Request request_;
  std::string url_;  ///< of this hop
  SteadyTime started_;
  int redirects_ = 0;
  int requests_started_ = 0;  ///< in this hop
  bool lost_ = false;         ///< a kept connection broke after it had taken bytes of the request
  bool cut_ = false;          ///< we stopped reading
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::string guard_refusal_;
  bool checking_ = false;      ///< the target of a proxy
  int addresses_checked_ = 0;  ///< of that target
  std::string signed_id_;      ///< webhook-id, when something is signed
  core::Reply reply_;
};

}  // namespace mih::transport
