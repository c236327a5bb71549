#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/http/http_transport.hpp"

namespace mih::transport {

/// HTTP with OAuth 2.0 for the services that use it; calls of others pass straight through.
///
/// A token is fetched once for all calls that wait for it, kept until shortly before it expires,
/// and renewed once for a call that is answered 401; that call is then made again. Fetching counts
/// into the timeout of the call. Token endpoints are called through the same guard.
class OauthTransport final : public Transport {
 public:
  /// Ids of calls from here on, up to twice as many, are those of token endpoints.
  static constexpr CallId kFirstTokenCall = CallId{1} << 60U;

  OauthTransport(HttpTransport::Options options, Sink sink);

  /// May be called from any thread.
  void send(CallId id, core::Request request) override;
  void cancel(CallId id) override;

 private:
  /// A call that needs a token.
  struct Waiting {
    core::Request request;
    std::string key;
    std::string token;     ///< that it was sent with; "" = it waits for one
    bool renewed = false;  ///< after a 401
    SteadyTime started;
  };
  struct Token {
    std::string value;  ///< "" = there is none
    SteadyTime usable_until{};
    std::optional<CallId> fetching;
  };
  /// What is to be done once the mutex is free.
  struct Later {
    std::vector<std::pair<CallId, core::Request>> sends;
    std::vector<std::pair<CallId, core::Reply>> replies;
  };

  // With the mutex held:
  void proceed(CallId id, Waiting& waiting, Later& later);
  void fetch(const Waiting& first, Token& token, Later& later);
  std::chrono::milliseconds left(const Waiting& waiting) const;
  void on_token(CallId call, const core::Reply& reply, Later& later);
  void on_answer(CallId id, core::Reply reply, Later& later);

  void on_reply(CallId id, core::Reply reply);
  void run(Later& later);

  const Sink sink_;
  const SystemClock system_clock_;
  const Clock& clock_;
  std::mutex mutex_;  ///< guards what follows
  std::map<CallId, Waiting> calls_;
  std::map<std::string, Token> tokens_;
  std::map<CallId, std::string> fetches_;  ///< by key of the token
  CallId last_fetch_ = kFirstTokenCall;
  HttpTransport http_;  ///< last: its threads use what is above
};

}  // namespace mih::transport
