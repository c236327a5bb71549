#include "api/server.hpp"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <exception>
#include <fmt/format.h>
#include <future>
#include <list>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include "api/gate.hpp"
#include "api/handlers.hpp"
#include "api/listener.hpp"
#include "api/session.hpp"
#include "api/streams.hpp"
#include "api/tls.hpp"
#include "async/answers.hpp"
#include "async/mutex.hpp"

namespace mih::api {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, async::Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, async::Executor>;

constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kMaxSweep{1000};
constexpr std::chrono::milliseconds kMinSweep{5};

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

Limits limits_of(const ServerOptions& options) {
  return {.max_body = options.max_body,
          .max_header = options.max_header,
          .max_connections = options.max_connections,
          .idle = options.idle_timeout,
          .header = options.header_timeout,
          .body = options.body_timeout,
          .write = options.write_timeout,
          .linger = options.linger_timeout};
}

/// The names under which a browser may ask for this server.
std::vector<std::string> hosts_of(const ServerOptions& options) {
  auto hosts = options.allowed_hosts;
  const auto address = parse_address(options.listen);
  if (address) hosts.push_back(address->host);
  return hosts;
}

std::string what(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown exception";
  }
}

std::chrono::milliseconds sweep_interval(const Limits& limits) {
  const auto shortest =
      std::min({limits.idle, limits.header, limits.body, limits.write, limits.linger});
  return std::clamp(shortest / 4, kMinSweep, kMaxSweep);
}

}  // namespace

struct Server::Parts {
  struct Entrance {
    Door door;
    ListeningSocket socket;
    Acceptor acceptor;
    std::list<Session> sessions{};
  };

  Parts(ServerOptions given, Hub& hub_port, const Clock& clock_port)
      : options(std::move(given)),
        limits(limits_of(options)),
        logins(options.logins),
        gate(hub_port, clock_port, logins,
             {hosts_of(options), options.trusted_proxies, options.metrics_from}),
        context{hub_port, clock_port,       answers,         changes, logins,
                throttle, inbound_throttle, limits.max_body, streams},
        streams(io, hub_port, [this] { return count(); }),
        shared{context, gate, limits, options.report} {}

  Result<void> open();
  Result<void> add(Door door, Result<ListeningSocket> socket);
  void launch();
  async::Task<> accept(Entrance& entrance);
  bool make_room(Entrance& entrance);
  void serve(Entrance& entrance, Socket socket);
  async::Task<> sweep();
  async::Task<Result<std::string>> count();
  void begin_stop();
  bool has_sessions() const;
  void tell_when_idle();
  void unwind();

  ServerOptions options;
  Limits limits;
  asio::io_context io{1};
  asio::executor_work_guard<async::Executor> work{io.get_executor()};
  async::Answers answers{io};
  async::Mutex changes{io};
  Logins logins;
  LoginThrottle throttle;
  InboundThrottle inbound_throttle;
  Gate gate;
  Context context;
  Streams streams;
  SessionShared shared;
  std::unique_ptr<TlsContext> tls;  ///< null: TCP is not encrypted
  std::list<Entrance> entrances;
  Timer sweep_timer{io};
  std::promise<void> idle;  ///< set when stopping and the last session has ended
  bool idle_told = false;
  std::string url;
  std::thread thread;
};

Result<void> Server::Parts::open() {
  if (!options.tls_certificate.empty()) {
    auto made = make_tls(options.tls_certificate, options.tls_key);
    if (!made) return fail(made);
    tls = std::move(*made);
  }
  if (!options.listen.empty()) {
    auto added = add(Door::kTcp, listen_tcp(options.listen));
    if (!added) return added;
    const auto host = options.listen.substr(0, options.listen.rfind(':'));
    url = fmt::format("{}://{}:{}", tls ? "https" : "http", host, entrances.back().socket.port);
  }
  if (!options.admin_socket.empty()) {
    auto added = add(Door::kAdminSocket, listen_unix(options.admin_socket, 0600, {}));
    if (!added) return added;
  }
  if (options.socket.empty()) return {};
  return add(Door::kSocket, listen_unix(options.socket, 0660, options.socket_group));
}

Result<void> Server::Parts::add(Door door, Result<ListeningSocket> socket) {
  if (!socket) return fail(socket);
  Acceptor acceptor(io);
  error_code fault;
  acceptor.assign(asio::generic::stream_protocol(socket->family, 0), socket->handle, fault);
  if (fault) return mih::fail(ErrorCode::kConfigInvalid, "Cannot listen: " + fault.message());
  static_cast<void>(socket->release());
  entrances.push_back({door, std::move(*socket), std::move(acceptor)});
  return {};
}

void Server::Parts::launch() {
  const auto report_end = [this](const std::exception_ptr& exception) {
    if (exception) shared.report("a listener ended: " + what(exception));
  };
  for (auto& entrance : entrances)
    asio::co_spawn(io, accept(entrance), report_end);
  asio::co_spawn(io, sweep(), report_end);
  asio::co_spawn(io, streams.run(), report_end);
  thread = std::thread([this] { io.run(); });
}

async::Task<> Server::Parts::accept(Entrance& entrance) {
  Timer pause(io);
  while (!shared.stopping) {
    error_code fault;
    auto socket =
        co_await entrance.acceptor.async_accept(asio::redirect_error(async::use_task, fault));
    if (!fault) {
      serve(entrance, std::move(socket));
      continue;
    }
    if (shared.stopping) break;
    // Most likely no file handles are left; those that wait are taken when there are some again.
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(asio::redirect_error(async::use_task, fault));
  }
}

/// Ends the connection that has shown nothing for longest: of somebody who has not said who they
/// are, otherwise an idle one. So whoever opens many can keep nobody out. False if all are busy.
bool Server::Parts::make_room(Entrance& entrance) {
  Session* chosen = nullptr;
  for (auto& session : entrance.sessions) {
    if (session.yields() == Session::Yields::kNot) continue;
    if (!chosen || session.yields() > chosen->yields() ||
        (session.yields() == chosen->yields() && session.since() < chosen->since()))
      chosen = &session;
  }
  if (chosen) chosen->close();  // leaves the list when its coroutine has seen it
  return chosen != nullptr;
}

void Server::Parts::serve(Entrance& entrance, Socket socket) {
  if (entrance.sessions.size() >= limits.max_connections && !make_room(entrance)) {
    // A new connection's send buffer is empty, so this does not block.
    static_cast<void>(
        ::send(socket.native_handle(), kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    return;
  }
  prepare_connection(socket.native_handle(), entrance.door);
  auto peer = identify_peer(socket.native_handle(), entrance.door);
  auto& sessions = entrance.sessions;
  const auto session = sessions.emplace(sessions.end(), std::move(socket), std::move(peer), shared,
                                        entrance.door == Door::kTcp ? tls.get() : nullptr);
  asio::co_spawn(io, session->run(),
                 [this, &entrance, session](const std::exception_ptr& exception) {
                   if (exception) shared.report("a connection ended: " + what(exception));
                   entrance.sessions.erase(session);
                   tell_when_idle();
                 });
}

async::Task<> Server::Parts::sweep() {
  const auto interval = sweep_interval(limits);
  while (!shared.stopping || has_sessions()) {
    sweep_timer.expires_after(interval);
    error_code fault;  // cancelled at the end, when the loop ends too
    co_await sweep_timer.async_wait(asio::redirect_error(async::use_task, fault));
    const auto now = context.clock.now().steady;
    for (auto& entrance : entrances)
      for (auto& session : entrance.sessions)
        session.sweep(now);
  }
}

/// What the stream counts each second.
async::Task<Result<std::string>> Server::Parts::count() {
  Request none;
  Call call{context, none, {}};
  co_return co_await summary_text(call);
}

void Server::Parts::begin_stop() {
  shared.stopping = true;
  streams.stop();
  for (auto& entrance : entrances) {
    error_code ignored;  // nothing more can be done with it
    entrance.acceptor.close(ignored);
    for (auto& session : entrance.sessions)
      session.finish();
  }
  tell_when_idle();
}

bool Server::Parts::has_sessions() const {
  return std::ranges::any_of(entrances,
                             [](const Entrance& entrance) { return !entrance.sessions.empty(); });
}

void Server::Parts::tell_when_idle() {
  if (!shared.stopping || has_sessions() || idle_told) return;
  idle_told = true;
  idle.set_value();
}

/// Ends every coroutine that is left, after the thread has ended.
void Server::Parts::unwind() {
  for (auto& entrance : entrances)
    for (auto& session : entrance.sessions)
      session.close();
  sweep_timer.cancel();
  streams.stop();
  answers.abandon();
  changes.abandon();
  io.restart();
  io.poll();
  entrances.clear();
}

Server::Server(ServerOptions options, Hub& hub, const Clock& clock)
    : parts_(std::make_unique<Parts>(std::move(options), hub, clock)) {}

// A server that cannot be stopped would go on with what is being destroyed: better to end.
// NOLINTNEXTLINE(bugprone-exception-escape)
Server::~Server() {
  stop();
}

Result<void> Server::start() {
  auto opened = parts_->open();
  if (!opened) {
    parts_->entrances.clear();
    return opened;
  }
  parts_->launch();
  return {};
}

void Server::stop() {
  auto& parts = *parts_;
  if (!parts.thread.joinable()) return;
  auto idle = parts.idle.get_future();
  asio::post(parts.io, [&parts] { parts.begin_stop(); });
  idle.wait_for(parts.options.stop_timeout);
  parts.io.stop();
  parts.thread.join();
  parts.unwind();
}

const std::string& Server::url() const {
  return parts_->url;
}

}  // namespace mih::api
