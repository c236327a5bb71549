#include "transport/amqp/amqp_transport.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <mutex>
#include <pthread.h>
#include <set>
#include <signal.h>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/crash_point.hpp"
#include "transport/amqp/connection.hpp"
#include "transport/amqp/message.hpp"
#include "transport/amqp/settings.hpp"

namespace mih::transport {
namespace {

namespace asio = boost::asio;
using amqp::Connection;
using core::Failure;

constexpr std::chrono::seconds kPulse{1};
/// How long the brokers have to answer our goodbye at the end.
constexpr std::chrono::seconds kFarewell{1};
/// Messages whose callers have given up, on a connection that goes on all the same.
constexpr std::size_t kMostAbandoned = 10'000;

const Clock& clock_of(const AmqpTransport::Options& options) {
  static const SystemClock kSystemClock;
  return options.clock ? *options.clock : kSystemClock;
}

}  // namespace

/// The thread, and all that is used on it alone. Requests are handed over in batches.
class AmqpTransport::Worker {
 public:
  Worker(Options options, Sink sink)
      : options_(std::move(options)),
        clock_(clock_of(options_)),
        sink_(std::move(sink)),
        work_(io_.get_executor()),
        deadline_timer_(io_),
        pulse_(io_) {
    thread_ = std::thread{[this] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, nullptr);
      io_.run();
    }};
  }

  // What could be thrown is that memory is gone, and then the process ends anyway.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~Worker() {
    asio::post(io_, [this] { stop(); });
    thread_.join();
  }

  void send(CallId id, core::Request request) {
    hand_over([&] { incoming_.sends.emplace_back(id, std::move(request)); });
  }

  void cancel(CallId id) {
    hand_over([&] { incoming_.cancels.push_back(id); });
  }

 private:
  struct Incoming {
    std::vector<std::pair<CallId, core::Request>> sends;
    std::vector<CallId> cancels;
  };
  /// What a service's requests go through now.
  struct Line {
    std::shared_ptr<const core::Service> service;
    amqp::ConnectionSettings settings;
    Connection* connection = nullptr;
  };
  struct Call {
    Connection* connection;
    SteadyTime started;
    SteadyTime deadline;
    std::chrono::milliseconds timeout;
  };

  template <class Fn>
  void hand_over(Fn&& put) {
    const std::lock_guard lock(mutex_);
    put();
    if (std::exchange(awake_, true)) return;
    asio::post(io_, [this] { take(); });
  }

  void take() {
    Incoming batch;
    {
      const std::lock_guard lock(mutex_);
      std::swap(batch, incoming_);
      awake_ = false;
    }
    for (auto& [id, request] : batch.sends)
      start(id, std::move(request));
    for (auto* connection : std::exchange(unflushed_, {}))
      connection->flush();
    if (!batch.sends.empty()) crash_point(CrashPoint::kRequestUnderWay);
    for (const CallId id : batch.cancels)
      give_up(id, Failure::kOther, "cancelled");
    watch_deadlines();
  }

  void start(CallId id, core::Request request) {
    const auto now = clock_.now();
    auto line = line_of(request.service);
    if (!line) return refuse(id, now.steady, line.error().failure, std::move(line.error().error));
    const auto timeout = request.timeout;
    auto message = amqp::message_of(std::move(request), (*line)->settings.address, now.wall);
    if (!message) {
      return refuse(id, now.steady, Failure::kInvalid, std::move(message.error().detail));
    }
    auto* connection = connection_of(**line);
    const auto deadline = now.steady + timeout;
    calls_.emplace(id, Call{connection, now.steady, deadline, timeout});
    deadlines_.emplace(deadline, id);
    connection->publish(id, std::move(*message));
    if (std::ranges::find(unflushed_, connection) == unflushed_.end()) {
      unflushed_.push_back(connection);
    }
  }

  std::expected<Line*, amqp::Refusal> line_of(const std::shared_ptr<const core::Service>& service) {
    auto& line = lines_[service->id];
    if (line.service == service) return &line;
    auto settings = amqp::settings_of(*service);
    if (!settings) return std::unexpected(std::move(settings.error()));
    line.service = service;
    if (line.settings != *settings) {
      line.settings = std::move(*settings);
      retire(std::exchange(line.connection, nullptr));
    }
    return &line;
  }

  Connection* connection_of(Line& line) {
    if (line.connection && !line.connection->is_over()) return line.connection;
    Connection::Handlers handlers{
        .settled = [this](amqp::Settled settled) { finish(std::move(settled)); },
        .over = [this] { asio::post(io_, [this] { reap(); }); }};
    connections_.push_back(std::make_unique<Connection>(io_, options_.guard, clock_, line.settings,
                                                        options_.heartbeat, std::move(handlers)));
    line.connection = connections_.back().get();
    if (connections_.size() == 1) pulse();
    return line.connection;
  }

  /// No further messages on this connection; it closes when those under way have ended.
  static void retire(Connection* connection) {
    if (connection && connection->calls() == 0) connection->close();
  }

  void abandon(const Connection* connection) {
    for (auto& [service, line] : lines_) {
      if (line.connection == connection) line.connection = nullptr;
    }
  }

  bool in_use(const Connection* connection) const {
    return std::ranges::any_of(
        lines_, [&](const auto& line) { return line.second.connection == connection; });
  }

  /// Lets go of connections that are over.
  void reap() {
    for (const auto& connection : connections_) {
      if (connection->is_over()) abandon(connection.get());
    }
    std::erase_if(connections_, [](const auto& connection) { return connection->is_over(); });
    if (stopping_ && connections_.empty()) finish_thread();
  }

  void pulse() {
    pulse_.expires_after(kPulse);
    pulse_.async_wait([this](const boost::system::error_code& code) {
      if (code || stopping_) return;
      const auto now = clock_.now().steady;
      for (const auto& connection : connections_) {
        connection->tick(now);
        const bool unused = connection->calls() == 0;
        const bool idle = unused && now - connection->last_used() > options_.idle;
        if (idle) abandon(connection.get());
        if (unused && !in_use(connection.get())) connection->close();
      }
      if (!connections_.empty()) pulse();
    });
  }

  void watch_deadlines() {
    if (deadlines_.empty() || deadlines_.begin()->first >= watched_) return;
    watched_ = deadlines_.begin()->first;
    deadline_timer_.expires_after(std::max(watched_ - clock_.now().steady, SteadyTime::duration{}));
    deadline_timer_.async_wait([this](const boost::system::error_code& code) {
      if (code) return;
      watched_ = SteadyTime::max();
      const auto now = clock_.now().steady;
      while (!deadlines_.empty() && deadlines_.begin()->first <= now)
        time_out(deadlines_.begin()->second);
      watch_deadlines();
    });
  }

  void time_out(CallId id) {
    const Call call = calls_.at(id);
    auto* connection = call.connection;
    const double seconds = std::chrono::duration<double>(call.timeout).count();
    if (connection->blocked()) {
      give_up(
          id, Failure::kBlocked,
          fmt::format("{}: the broker takes no messages for the time being", connection->target()));
      return;
    }
    const bool running = connection->is_running();
    give_up(id, Failure::kTimeout,
            fmt::format("{}: no {} within {} s", connection->target(),
                        running ? "confirmation" : "connection", seconds));
    const bool silent = running && connection->last_received() < call.started;
    if (silent || connection->abandoned() > kMostAbandoned) {
      abandon(connection);  // the next message tries a new one
    }
  }

  /// Ends a call that its connection has not settled.
  void give_up(CallId id, Failure failure, std::string error) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    found->second.connection->forget(id);
    finish({id, failure, std::move(error)});
  }

  void finish(amqp::Settled settled) {
    const auto found = calls_.find(settled.token);
    const Call call = found->second;
    calls_.erase(found);
    deadlines_.erase({call.deadline, settled.token});
    report(settled.token, call.started, settled.failure, std::move(settled.error));
  }

  void refuse(CallId id, SteadyTime started, Failure failure, std::string error) {
    report(id, started, failure, std::move(error));
  }

  void report(CallId id, SteadyTime started, Failure failure, std::string error) {
    core::Reply reply;
    reply.failure = failure;
    reply.error = std::move(error);
    reply.latency =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().steady - started);
    crash_point(CrashPoint::kReplyArrived);
    sink_(id, std::move(reply));
  }

  void stop() {
    take();
    stopping_ = true;
    while (!calls_.empty())
      give_up(calls_.begin()->first, Failure::kOther, "the hub is stopping");
    for (const auto& connection : connections_)
      connection->close();
    deadline_timer_.cancel();
    pulse_.expires_after(kFarewell);
    pulse_.async_wait([this](const boost::system::error_code&) { finish_thread(); });
    reap();
  }

  void finish_thread() {
    pulse_.cancel();
    work_.reset();
    io_.stop();
  }

  const Options options_;
  const Clock& clock_;
  const Sink sink_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer deadline_timer_;
  asio::steady_timer pulse_;
  std::unordered_map<core::ServiceId, Line> lines_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> unflushed_;
  std::unordered_map<CallId, Call> calls_;
  std::set<std::pair<SteadyTime, CallId>> deadlines_;
  SteadyTime watched_ = SteadyTime::max();  ///< what deadline_timer_ waits for
  bool stopping_ = false;

  std::mutex mutex_;  ///< guards what follows
  Incoming incoming_;
  bool awake_ = false;
  std::thread thread_;
};

AmqpTransport::AmqpTransport(Options options, Sink sink)
    : worker_(std::make_unique<Worker>(std::move(options), std::move(sink))) {}

AmqpTransport::~AmqpTransport() = default;

void AmqpTransport::send(CallId id, core::Request request) {
  worker_->send(id, std::move(request));
}

void AmqpTransport::cancel(CallId id) {
  worker_->cancel(id);
}

}  // namespace mih::transport
