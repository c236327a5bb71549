#include "api/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <fmt/format.h>
#include <sys/socket.h>

#include "api/audit.hpp"
#include "api/problem.hpp"
#include "api/response_head.hpp"
#include "api/session_wire.hpp"
#include "api/streams.hpp"

namespace mih::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kMaxLinger = 64U << 20U;
constexpr int kStreamBuffer = 64 << 10;

Response refusal_of(const error_code& fault, const Limits& limits) {
  if (fault == http::error::body_limit) {
    return problem(Error{ErrorCode::kTooLarge,
                         fmt::format("The body is larger than {} bytes.", limits.max_body),
                         {}});
  }
  if (fault == http::error::header_limit || fault == http::error::buffer_overflow) {
    return problem(431, "header_too_large",
                   fmt::format("The header is larger than {} bytes.", limits.max_header));
  }
  return problem(400, "bad_request",
                 fmt::format("This is not a well-formed HTTP/1.1 request: {}.", fault.message()));
}

}  // namespace

struct Session::Tls {
  Tls(Socket& socket, TlsContext& context) : stream(socket, context) {}
  asio::ssl::stream<Socket&> stream;
};

Session::Session(Socket socket, Peer peer, SessionShared& shared, TlsContext* tls)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      shared_(shared),
      wire_(std::make_unique<Wire>()),
      since_(shared.api.clock.now().steady) {
  if (tls) tls_ = std::make_unique<Tls>(socket_, *tls);
  peer_.encrypted = tls != nullptr;
}

Session::~Session() = default;

async::Task<> Session::run() {
  bool open = true;
  if (tls_) open = co_await shake_hands();
  while (open) {
    open = co_await exchange();
  }
  close();
}

async::Task<bool> Session::shake_hands() {
  enter(Phase::kHandshake, shared_.limits.header);
  error_code fault;
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::server,
                                        asio::redirect_error(async::use_task, fault));
  co_return !fault && !expired_ && !shared_.stopping;
}

/// One request and its answer; false when the connection is at its end.
async::Task<bool> Session::exchange() {
  wire_->start(shared_.limits);
  const Heard heard = co_await hear();
  if (heard == Heard::kEnd) co_return false;

  Response response;
  if (heard == Heard::kRequest) {
    enter(Phase::kWorking, std::nullopt);
    response = co_await work();
  } else {
    response = std::move(*wire_->refusal);
  }
  const bool keep_alive = !wire_->must_close && !shared_.stopping && wire_->parser->keep_alive();
  response.encrypted = tls_ != nullptr;
  if (response.stream) {
    co_await stream(std::move(response));
    co_return false;
  }
  const bool written = co_await write(response, keep_alive);
  if (written && wire_->must_close) co_await linger();
  co_return written&& keep_alive && !shared_.stopping;
}

/// Reads until there is a whole request, a reason to refuse it, or the end.
async::Task<Session::Heard> Session::hear() {
  enter(Phase::kIdle, shared_.limits.idle);
  for (;;) {
    if (wire_->buffer.size() > 0) {
      if (phase_ == Phase::kIdle) enter(Phase::kHeader, shared_.limits.header);
      const auto heard = digest();
      if (heard) co_return *heard;
      if (phase_ == Phase::kHeader && wire_->admitted) {
        enter(Phase::kBody, shared_.limits.body);
        if (wire_->expects_continue()) co_await write_continue();
      }
    }
    if (shared_.stopping && phase_ != Phase::kBody) co_return Heard::kEnd;
    const bool received = co_await receive();
    if (!received) co_return lost();
  }
}

/// Takes more bytes into the buffer; false at the end of the stream.
async::Task<bool> Session::receive() {
  if (expired_) co_return false;
  auto& buffer = wire_->buffer;
  const auto space = buffer.prepare(wire_->next_read());
  error_code fault;
  std::size_t count = 0;
  if (tls_) {
    count =
        co_await tls_->stream.async_read_some(space, asio::redirect_error(async::use_task, fault));
  } else {
    count = co_await socket_.async_read_some(space, asio::redirect_error(async::use_task, fault));
  }
  buffer.commit(count);
  co_return !fault && count > 0;
}

/// Parses what is in the buffer; empty when more is needed.
std::optional<Session::Heard> Session::digest() {
  auto& parser = *wire_->parser;
  if (wire_->has_folded_line()) {
    return refuse(problem(400, "bad_request", "A line of the header must not be folded."));
  }
  error_code fault;
  const auto used = parser.put(wire_->buffer.data(), fault);
  wire_->buffer.consume(used);
  if (fault == http::error::need_more) fault = {};
  const bool header_known = parser.is_header_done() || fault == http::error::body_limit;
  if (header_known && !wire_->admitted && !admit() && !wire_->rest_is_small()) {
    wire_->must_close = true;
    return Heard::kRefused;
  }
  if (fault) return refuse(refusal_of(fault, limits()));
  if (!parser.is_done() && wire_->buffer.size() > shared_.limits.max_header) {
    return refuse(refusal_of(http::error::header_limit, shared_.limits));
  }
  if (!parser.is_done()) return std::nullopt;
  return wire_->refusal ? Heard::kRefused : Heard::kRequest;
}

/// Asks the gate as soon as the header is there, before a body may take up much memory.
bool Session::admit() {
  wire_->take_header();
  if (!wire_->has_valid_host()) {
    wire_->refusal = problem(400, "bad_request", "A request needs exactly one Host header.");
    return false;
  }
  auto admission = shared_.gate.admit(peer_, wire_->credentials(), wire_->method, wire_->request);
  wire_->admitted = true;
  wire_->route = admission.route;
  wire_->caller = std::move(admission.caller);
  wire_->body_hash = admission.body_hash;
  known_ = known_ || wire_->caller.role != core::Role::kNone;
  wire_->refusal = std::move(admission.refusal);
  if (wire_->route && wire_->route->max_body < shared_.limits.max_body) {
    return limit_body(wire_->route->max_body);
  }
  return wire_->route != nullptr;
}

/// A route that takes less than others. The parser has looked at the length already.
bool Session::limit_body(std::size_t bytes) {
  auto& parser = *wire_->parser;
  const auto length = parser.content_length();
  parser.body_limit(bytes);
  if (!length || *length <= bytes) return true;
  wire_->route = nullptr;
  wire_->refusal = refusal_of(http::error::body_limit, {.max_body = bytes});
  return false;
}

Session::Heard Session::refuse(Response response) {
  wire_->refusal = std::move(response);
  wire_->must_close = true;
  return Heard::kRefused;
}

Session::Heard Session::lost() {
  if (!expired_ || phase_ == Phase::kIdle) return Heard::kEnd;
  return refuse(problem(408, "request_timeout", "The request took too long to arrive."));
}

/// Those of the request that is being read.
Limits Session::limits() const {
  auto limits = shared_.limits;
  if (wire_->route) limits.max_body = std::min(limits.max_body, wire_->route->max_body);
  return limits;
}

/// The version of the subscription list, if a connected site asks.
std::optional<std::int64_t> Session::hear_site() {
  if (wire_->caller.way != Caller::Way::kToken || wire_->caller.site.empty()) return std::nullopt;
  SiteReport report;
  report.list_version = wire_->request.list_version;
  return shared_.api.hub.sites().heard_from(wire_->caller.site, std::move(report));
}

async::Task<Response> Session::work() {
  wire_->request.body = std::move(wire_->parser->get().body());
  if (wire_->body_hash && sha256(wire_->request.body) != *wire_->body_hash) {
    co_return problem(Error{
        ErrorCode::kUnauthorized, "The sign-on assertion is refused: it is for another body.", {}});
  }
  const auto list_version = hear_site();
  const bool audited = is_audited(*wire_->route);
  auto what = audited ? masked_body(wire_->request.path, wire_->request.body) : std::string();
  Call call{shared_.api, wire_->request, std::move(wire_->caller)};
  std::string unexpected;
  try {
    auto result = co_await wire_->route->handler(call);
    auto response = result ? std::move(*result) : problem(result.error());
    if (audited && !call.is_dry_run) co_await audit(call, response, std::move(what));
    if (response.stream) wire_->caller = std::move(call.caller);
    if (list_version) {
      response.headers.emplace_back(kSubscriptions, std::to_string(*list_version));
    }
    co_return response;
  } catch (const std::exception& exception) {
    unexpected = exception.what();
  }
  shared_.report(
      fmt::format("{} {}: {}", name_of(wire_->route->method), wire_->route->pattern, unexpected));
  co_return problem(Error{ErrorCode::kInternal,
                          "The hub failed in a way that was not foreseen; its log says more.",
                          {}});
}

/// Writes what was done, or a login that was refused, into the audit trail before it is answered.
async::Task<> Session::audit(Call& call, const Response& response, std::string what) {
  const bool refused_login = response.status == 401 && wire_->route->role == core::Role::kNone;
  if (response.status >= 300 && !refused_login) co_return;
  auto entry = audit_entry(call.caller, call.request, std::move(what), call.now().wall);
  if (refused_login) entry.action += " refused";
  const auto written = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.append_audit(std::move(entry), std::move(answer)); });
  if (!written) shared_.report("the audit trail cannot be written: " + written.error().detail);
}

async::Task<bool> Session::write(const Response& response, bool keep_alive) {
  enter(Phase::kWriting, shared_.limits.write);
  auto after = AfterThis::kCloses;
  if (keep_alive) {
    const bool assumed = wire_->parser->get().version() >= 11;
    after = assumed ? AfterThis::kStays : AfterThis::kStaysAndSaysSo;
  }
  compose_head(wire_->head, response, after);
  const bool bodiless = wire_->head_only || response.status == 204 || response.status == 304;
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(wire_->head),
      asio::buffer(response.body.data(), bodiless ? 0 : response.body.size())};
  error_code fault;
  if (tls_) {
    co_await asio::async_write(tls_->stream, parts, asio::redirect_error(async::use_task, fault));
  } else {
    co_await asio::async_write(socket_, parts, asio::redirect_error(async::use_task, fault));
  }
  if (wire_->buffer.capacity() > kKeptBuffer) wire_->buffer.shrink_to_fit();
  co_return !fault && !expired_;
}

/// True when all of it was taken in time.
async::Task<bool> Session::send(std::string_view bytes) {
  error_code fault;
  if (tls_) {
    co_await asio::async_write(tls_->stream, asio::buffer(bytes),
                               asio::redirect_error(async::use_task, fault));
  } else {
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(async::use_task, fault));
  }
  co_return !fault && !expired_;
}

async::Task<> Session::write_continue() {
  // A client that is gone shows when the body is read.
  co_await send("HTTP/1.1 100 Continue\r\n\r\n");
}

/// Sends what happens until the client goes or falls behind, until it may not listen any more, or
/// until the hub stops. Nothing else follows on the connection.
async::Task<> Session::stream(Response response) {
  const bool chunked = wire_->parser->get().version() >= 11;
  if (chunked) response.headers.emplace_back("Transfer-Encoding", "chunked");
  error_code ignored;  // then the system decides how much it holds for somebody who does not read
  socket_.set_option(asio::socket_base::send_buffer_size(kStreamBuffer), ignored);
  enter(Phase::kWriting, shared_.limits.write);
  compose_head(wire_->head, response, AfterThis::kCloses);
  bool going = co_await send(wire_->head);
  if (wire_->head_only || !going || shared_.stopping) co_return;

  const auto role = wire_->route->role;
  Stream own(
      socket_.get_executor(),
      {.site = wire_->caller.site,
       .may_listen = [this, role] { return shared_.gate.still_admits(peer_, wire_->caller, role); },
       .fell_behind = [this] { close(); }});
  stream_ = &own;
  own.offer_introduction();
  shared_.api.streams.join(own);
  while (going) {
    enter(Phase::kStreaming, std::nullopt);
    const auto text = co_await own.next();
    enter(Phase::kWriting, shared_.limits.write);
    if (text.empty()) break;
    const auto piece = chunked ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : text;
    going = co_await send(piece);
  }
  shared_.api.streams.leave(own);
  stream_ = nullptr;
  if (going && chunked) co_await send("0\r\n\r\n");
}

/// Takes what the client still sends, so that it can read the refusal before the connection ends.
async::Task<> Session::linger() {
  enter(Phase::kLingering, shared_.limits.linger);
  error_code fault;
  socket_.shutdown(Socket::shutdown_send, fault);
  std::size_t taken = 0;
  while (!fault && !expired_ && taken < kMaxLinger) {
    wire_->buffer.clear();
    const auto space = wire_->buffer.prepare(kKeptBuffer);
    taken += co_await socket_.async_read_some(space, asio::redirect_error(async::use_task, fault));
  }
}

void Session::enter(Phase phase, std::optional<std::chrono::milliseconds> time) {
  phase_ = phase;
  expired_ = false;
  since_ = shared_.api.clock.now().steady;
  deadline_ = time.transform([&](auto left) { return since_ + left; });
}

void Session::sweep(SteadyTime now) {
  if (!deadline_ || now < *deadline_) return;
  deadline_.reset();
  expired_ = true;
  error_code ignored;  // an operation that has just ended sees `expired_`
  socket_.cancel(ignored);
}

void Session::finish() {
  if (stream_) return stream_->end();
  if (phase_ == Phase::kWorking || phase_ == Phase::kWriting || phase_ == Phase::kBody) return;
  close();
}

Session::Yields Session::yields() const {
  if (phase_ == Phase::kWorking || phase_ == Phase::kClosed) return Yields::kNot;
  if (!known_) return Yields::kGladly;
  return phase_ == Phase::kIdle ? Yields::kIdle : Yields::kNot;
}

void Session::close() {
  phase_ = Phase::kClosed;
  if (stream_) stream_->end();
  error_code ignored;  // closing is all that can be done with it
  socket_.close(ignored);
}

}  // namespace mih::api
