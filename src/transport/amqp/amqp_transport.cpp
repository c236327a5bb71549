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
#include "transport/amqp/inbox.hpp"
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
/// Messages whose callers have given up, on a connection that goes on all the
/// same.
constexpr std::size_t kMostAbandoned = 10'000;
/// Between attempts to reach the broker of a response queue.
constexpr std::chrono::seconds kLongestWait{60};
constexpr int kMostDoublings = 6;

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
        pulse_(io_) {
    if (options_.inbound) {
      inbox_ = std::make_unique<amqp::Inbox>(
          io_, *options_.inbound, [this](const amqp::Inbox::Receipt& kept) { answered(kept); });
    }
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
  /// What a service's requests go through now.
  struct Line {
    std::shared_ptr<const core::Service> service;
    amqp::ConnectionSettings settings;
    Connection* connection = nullptr;
    // Of services whose response queue is consumed:
    bool consumes = false;
    SteadyTime retry_at{};
    int failures = 0;
    std::string trouble;  ///< the last that was reported
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
    if (batch.services) apply(*batch.services);
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
    if (!inbox_) settings->response_queue.clear();
    line.service = service;
    if (line.settings != *settings) {
      line.settings = std::move(*settings);
      retire(std::exchange(line.connection, nullptr));
    }
    return &line;
  }

  void apply(const std::vector<std::shared_ptr<const core::Service>>& services) {
    std::set<core::ServiceId> known;
    for (const auto& service : services) {
      if (service->type != core::ServiceType::kAmqp) continue;
      const bool consumes =
          options_.inbound && service->enabled && !service->response_queue.empty();
      if (!consumes && !lines_.contains(service->id)) continue;
      known.insert(service->id);
      const auto line = line_of(service);
      if (!line) {
        options_.report(fmt::format("service {}: {}", service->name, line.error().error));
        continue;
      }
      if (consumes && !(*line)->consumes) (*line)->retry_at = {};
      (*line)->consumes = consumes;
    }
    std::erase_if(lines_, [&](auto& line) {
      const bool gone = !known.contains(line.first);
      if (gone) retire(std::exchange(line.second.connection, nullptr));
      return gone;
    });
    consume();
  }

  /// Opens the connections that response queues need.
  void consume() {
    const auto now = clock_.now().steady;
    for (auto& [id, line] : lines_) {
      if (!line.consumes) continue;
      start_pulse();
      const bool connected = line.connection && !line.connection->is_over();
      if (!connected && now >= line.retry_at) connection_of(line);
      if (line.connection && line.connection->is_running()) {
        line.failures = 0;
        report(line, line.connection->trouble());
      }
    }
  }

  void report(Line& line, const std::string& trouble) {
    if (line.trouble == trouble) return;
    line.trouble = trouble;
    if (!trouble.empty()) {
      options_.report(fmt::format("service {}: {}", line.service->name, trouble));
    }
  }

  void take_delivered(core::ServiceId service, std::uint64_t connection, std::uint32_t epoch,
                      amqp::Delivered message) {
    const auto line = lines_.find(service);
    if (line == lines_.end() || !inbox_) return;  // deleted: the broker keeps it
    const amqp::Inbox::Receipt receipt{connection, epoch, message.tag};
    inbox_->submit(*line->second.service, receipt, std::move(message));
  }

  void answered(const amqp::Inbox::Receipt& receipt) {
    if (!receipt.kept) {
      not_kept_.push_back(receipt);  // the broker would deliver it again at once
      return;
    }
    if (auto* connection = find(receipt.connection)) {
      connection->acknowledge(receipt.epoch, receipt.tag);
    }
  }

  void give_back_what_was_not_kept() {
    for (const auto& receipt : std::exchange(not_kept_, {})) {
      if (auto* connection = find(receipt.connection)) {
        connection->give_back(receipt.epoch, receipt.tag);
      }
    }
  }

  Connection* find(std::uint64_t number) const {
    const auto found = std::ranges::find_if(
        connections_, [&](const auto& connection) { return connection->number() == number; });
    return found == connections_.end() || (*found)->is_over() ? nullptr : found->get();
  }

  Connection* connection_of(Line& line) {
    if (line.connection && !line.connection->is_over()) return line.connection;
    const auto number = ++last_number_;
    const auto id = line.service->id;
    Connection::Handlers handlers{
        .settled = [this](amqp::Settled settled) { finish(std::move(settled)); },
        .delivered =
            [this, id, number](std::uint32_t epoch, amqp::Delivered message) {
              take_delivered(id, number, epoch, std::move(message));
            },
        .over = [this] { asio::post(io_, [this] { reap(); }); }};
    connections_.push_back(std::make_unique<Connection>(number, io_, options_.guard, clock_,
                                                        line.settings, options_.heartbeat,
                                                        std::move(handlers)));
    line.connection = connections_.back().get();
    start_pulse();
    return line.connection;
  }

  /// No further messages on this connection; it closes when those under way
  /// have ended.
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
      if (connection->is_over()) note_end(*connection);
    }
    std::erase_if(connections_, [](const auto& connection) { return connection->is_over(); });
    if (stopping_ && connections_.empty()) finish_thread();
  }

  void note_end(const Connection& connection) {
    for (auto& [id, line] : lines_) {
      if (line.connection != &connection) continue;
      line.connection = nullptr;
      if (!line.consumes) continue;
      const auto wait = std::chrono::seconds{1U << static_cast<unsigned>(line.failures)};
      line.retry_at = clock_.now().steady + std::min(wait, kLongestWait);
      line.failures = std::min(line.failures + 1, kMostDoublings);
      if (connection.fault()) report(line, connection.fault()->error);
    }
  }

  void start_pulse() {
    if (!std::exchange(pulsing_, true)) pulse();
  }

  void pulse() {
    pulse_.expires_after(kPulse);
    pulse_.async_wait([this](const boost::system::error_code& code) {
      if (code || stopping_) return;
      const auto now = clock_.now().steady;
      give_back_what_was_not_kept();
      for (std::size_t i = 0; i < connections_.size(); ++i) {
        auto* connection = connections_[i].get();
        connection->tick(now);
        const bool unused = connection->calls() == 0;
        const bool idle =
            unused && !connection->consumes() && now - connection->last_used() > options_.idle;
        if (idle) abandon(connection);
        if (unused && !in_use(connection)) connection->close();
      }
      pulsing_ = false;
      consume();
      if (!connections_.empty()) start_pulse();
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
  bool pulsing_ = false;
  std::uint64_t last_number_ = 0;  ///< of a connection
  std::unique_ptr<amqp::Inbox> inbox_;
  std::vector<amqp::Inbox::Receipt> not_kept_;

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
