#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "transport/amqp/link.hpp"
#include "transport/amqp/session.hpp"
#include "transport/amqp/settings.hpp"

namespace mih::transport::amqp {

/// A link with a session on it. Used on the thread of the io_context alone; must not be destroyed
/// from within one of its own calls, nor before it is over.
class Connection final : public LinkOwner {
 public:
  struct Handlers {
    std::function<void(Settled)> settled;
    /// Messages of the response queue; each is to be acknowledged or given back.
    std::function<void(std::uint32_t epoch, Delivered)> delivered;
    std::function<void()> over;  ///< called once, after everything has been settled
  };

  /// Begins to connect. `guard` and `clock` outlive it.
  Connection(std::uint64_t number, boost::asio::io_context& io, const Guard& guard,
             const Clock& clock, ConnectionSettings settings, std::chrono::seconds heartbeat,
             Handlers handlers);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Which of the transport's connections it is.
  std::uint64_t number() const { return number_; }
  bool consumes() const { return !settings_.response_queue.empty(); }

  /// Goes out with the next flush().
  void publish(Token token, Message message);
  void forget(Token token);
  /// A message of the response queue is durable, or could not be kept.
  void acknowledge(std::uint32_t epoch, std::uint64_t tag);
  void give_back(std::uint32_t epoch, std::uint64_t tag);
  /// Takes no further messages of the response queue.
  void stop_consuming();
  void flush() { update(); }
  /// To be called about once a second.
  void tick(SteadyTime now);
  /// Says goodbye; over soon, at the latest after a few seconds of ticks.
  void close();
  /// Over now.
  void abort(core::Failure failure, const std::string& error);

  bool is_running() const { return session_.is_running(); }
  bool is_consuming() const { return session_.is_consuming(); }
  bool is_over() const { return over_; }
  bool blocked() const { return session_.blocked(); }
  const std::optional<Session::Fault>& fault() const { return session_.fault(); }
  /// Why the response queue is not consumed; "" = nothing is wrong.
  const std::string& trouble() const { return session_.trouble(); }
  /// Messages that wait for their end.
  std::size_t calls() const { return calls_; }
  std::size_t abandoned() const { return session_.abandoned(); }
  SteadyTime last_received() const { return session_.last_received(); }
  SteadyTime last_used() const { return last_used_; }
  /// "host:port"
  std::string target() const;

 private:
  void on_connected() override;
  void on_received(std::string_view bytes) override;
  void on_lost(core::Failure failure, std::string error) override;
  void update();

  const std::uint64_t number_;
  const Clock& clock_;
  const ConnectionSettings settings_;
  Handlers handlers_;
  const SteadyTime created_;
  SteadyTime last_used_;
  SteadyTime closing_since_{};
  bool closing_ = false;
  bool over_ = false;
  std::size_t calls_ = 0;
  Session session_;
  std::shared_ptr<Link> link_;
};

}  // namespace mih::transport::amqp
