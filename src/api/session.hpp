#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "api/gate.hpp"
#include "async/task.hpp"
#include "base/time.hpp"

namespace mih::api {

/// TCP and Unix sockets alike.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, async::Executor>;

/// What one client may cost.
struct Limits {
  std::size_t max_body = 16U << 20U;                         ///< bytes, also when unpacked
  std::size_t max_header = 16U << 10U;                       ///< bytes of request line and header
  std::size_t max_connections = 1000;                        ///< per listener
  std::chrono::milliseconds idle{std::chrono::seconds{75}};  ///< between requests
  std::chrono::milliseconds header{
      std::chrono::seconds{10}};  ///< from first byte to last of a header
  std::chrono::milliseconds body{std::chrono::seconds{60}};   ///< for the body of a request
  std::chrono::milliseconds write{std::chrono::seconds{60}};  ///< until an answer is taken
  std::chrono::milliseconds linger{std::chrono::seconds{5}};  ///< for the rest after a refusal
};

class Stream;

/// What all sessions share; outlives them.
struct SessionShared {
  Context& api;
  Gate& gate;
  const Limits& limits;
  std::function<void(std::string_view)> report;  ///< one line about something unexpected
  bool stopping = false;
};

/// TLS on a connection, as far as others need to know of it.
using TlsContext = boost::asio::ssl::context;

/// One connection: requests one after another (pipelined ones wait in the buffer), each with limits
/// and deadlines. Deadlines are kept by a sweep over all sessions, which is cheaper than a timer
/// for each operation. Used on the io thread only.
class Session {
 public:
  /// With `tls`, which outlives it, the connection is encrypted.
  Session(Socket socket, Peer peer, SessionShared& shared, TlsContext* tls = nullptr);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves the connection until it ends. Called once.
  async::Task<> run();

  /// Ends what has passed its deadline.
  void sweep(SteadyTime now);
  /// Ends the connection unless a request is being worked on; that one is answered first.
  void finish();
  /// Ends the connection at once.
  void close();

  /// Whether it can be ended to make room for another, from kNot (a request is being worked on, or
  /// somebody known sends or receives one) to kGladly (nobody has said who they are).
  enum class Yields : std::uint8_t { kNot, kIdle, kGladly };
  Yields yields() const;
  /// Since when it is where it is: waits for a request, reads one, writes an answer.
  SteadyTime since() const { return since_; }

 private:
  struct Wire;
  enum class Phase : std::uint8_t {
    kHandshake,
    kIdle,
    kHeader,
    kBody,
    kWorking,
    kWriting,
    kStreaming,
    kLingering,
    kClosed
  };
  enum class Heard : std::uint8_t { kRequest, kRefused, kEnd };

  async::Task<bool> shake_hands();
  async::Task<bool> exchange();
  async::Task<Heard> hear();
  async::Task<bool> receive();
  std::optional<Heard> digest();
  bool admit();
  bool limit_body(std::size_t bytes);
  Limits limits() const;
  Heard refuse(Response response);
  Heard lost();
  std::optional<std::int64_t> hear_site();
  async::Task<Response> work();
  async::Task<> audit(Call& call, const Response& response, std::string what);
  async::Task<bool> write(const Response& response, bool keep_alive);
  async::Task<bool> send(std::string_view bytes);
  async::Task<> write_continue();
  async::Task<> stream(Response response);
  async::Task<> linger();
  /// Without a time it may last as long as it does.
  void enter(Phase phase, std::optional<std::chrono::milliseconds> time);

  Socket socket_;
  Peer peer_;
  SessionShared& shared_;
  std::unique_ptr<Wire> wire_;
  struct Tls;
  std::unique_ptr<Tls> tls_;  ///< null: not encrypted
  Stream* stream_ = nullptr;  ///< while it streams
  Phase phase_ = Phase::kIdle;
  SteadyTime since_;    ///< the begin of the phase
  bool known_ = false;  ///< a request on it had credentials that are good
  std::optional<SteadyTime> deadline_;
  bool expired_ = false;
};

}  // namespace mih::api
