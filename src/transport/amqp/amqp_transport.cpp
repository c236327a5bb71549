#include "transport/amqp/amqp_transport.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <set>
#include <signal.h>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/crash_point.hpp"
#include "transport/amqp/connection.hpp"
#include "transport/amqp/lines.hpp"
#include "transport/amqp/message.hpp"

namespace mih::transport {
namespace {

namespace asio = boost::asio;
using amqp::Connection;
using core::Failure;

/// How long the brokers have to answer our goodbye at the end.
constexpr std::chrono::seconds kFarewell{1};
/// Messages whose callers have given up, on a connection that goes on all the same.
constexpr std::size_t kMostAbandoned = 10'000;

const Clock& clock_of(const AmqpTransport::Options& options) {
  static const SystemClock kSystemClock;
  return options.clock ? *options.clock : kSystemClock;
}

}  // namespace

/// The thread, and all that is used on it alone. Requests are handed over in
/// batches.
class AmqpTransport::Worker {
 public:
  Worker(Options options, Sink sink)
      : options_(std::move(options)),
        clock_(clock_of(options_)),
        sink_(std::move(sink)),
        work_(io_.get_executor()),
        deadline_timer_(io_),
        farewell_(io_),
        lines_({.io = io_,
                .guard = options_.guard,
                .clock = clock_,
                .heartbeat = options_.heartbeat,
                .idle = options_.idle,
                .inbound = options_.inbound,
                .settled = [this](amqp::Settled settled) { finish(std::move(settled)); },
                .report = options_.report,
                .all_over = [this] { finish_thread(); }}) {
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

  void configure(std::vector<std::shared_ptr<const core::Service>> services) {
    hand_over([&] { incoming_.services = std::move(services); });
  }

 private:
  struct Incoming {
    std::vector<std::pair<CallId, core::Request>> sends;
    std::vector<CallId> cancels;
    std::optional<std::vector<std::shared_ptr<const core::Service>>> services;
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
    if (batch.services) lines_.configure(*batch.services);
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
    auto line = lines_.line_of(request.service);
    if (!line) return refuse(id, now.steady, line.error().failure, std::move(line.error().error));
    const auto timeout = request.timeout;
    auto message = amqp::message_of(std::move(request), (*line)->settings.address, now.wall);
    if (!message) {
      return refuse(id, now.steady, Failure::kInvalid, std::move(message.error().detail));
    }
    auto* connection = lines_.connection_of(**line);
    const auto deadline = now.steady + timeout;
    calls_.emplace(id, Call{connection, now.steady, deadline, timeout});
    deadlines_.emplace(deadline, id);
    connection->publish(id, std::move(*message));
    if (std::ranges::find(unflushed_, connection) == unflushed_.end()) {
      unflushed_.push_back(connection);
    }
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
      lines_.abandon(connection);  // the next message tries a new one
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
    while (!calls_.empty())
      give_up(calls_.begin()->first, Failure::kOther, "the hub is stopping");
    deadline_timer_.cancel();
    farewell_.expires_after(kFarewell);
    farewell_.async_wait([this](const boost::system::error_code&) { finish_thread(); });
    lines_.close();
  }

  void finish_thread() {
    farewell_.cancel();
    work_.reset();
    io_.stop();
  }

  const Options options_;
  const Clock& clock_;
  const Sink sink_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer deadline_timer_;
  asio::steady_timer farewell_;
  std::vector<Connection*> unflushed_;
  std::unordered_map<CallId, Call> calls_;
  std::set<std::pair<SteadyTime, CallId>> deadlines_;
  SteadyTime watched_ = SteadyTime::max();  ///< what deadline_timer_ waits for
  amqp::Lines lines_;

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

void AmqpTransport::configure(std::vector<std::shared_ptr<const core::Service>> services) {
  worker_->configure(std::move(services));
}

}  // namespace mih::transport
