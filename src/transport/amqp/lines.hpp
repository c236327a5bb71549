#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "core/inbound.hpp"
#include "core/queue_trouble.hpp"
#include "core/service.hpp"
#include "transport/amqp/connection.hpp"
#include "transport/amqp/inbox.hpp"
#include "transport/amqp/settings.hpp"
#include "transport/guard.hpp"

namespace mih::transport::amqp {

/// The connections to brokers: one for each service, made when it is needed and closed when it is
/// not needed any more. The connection of a service with a response queue lasts, and is made anew
/// after longer and longer waits when it breaks. Used on the thread of the io_context alone.
class Lines {
 public:
  struct Parts {
    boost::asio::io_context& io;
    const Guard& guard;
    const Clock& clock;
    std::chrono::seconds heartbeat{15};
    std::chrono::seconds idle{300};
    core::InboundSink* inbound = nullptr;  ///< null = response queues are not consumed
    std::function<void(Settled)> settled;
    std::function<void(const core::Service&, const core::QueueTrouble&)> report;
    std::function<void()> all_over;  ///< after close(): no connection is left
  };
  /// What the messages of a service go through now.
  struct Line {
    std::shared_ptr<const core::Service> service;
    ConnectionSettings settings;
    bool configured = false;  ///< by configure(), which knows better than a request does
    Connection* connection = nullptr;
    // Of a response queue:
    SteadyTime retry_at{};
    int failures = 0;
    bool consumes() const { return !settings.response_queue.empty(); }
  };

  explicit Lines(Parts parts);
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// All services that there are. Connections of others are closed, and so are those that are made
  /// otherwise now; what is under way on them may still end.
  void configure(const std::vector<std::shared_ptr<const core::Service>>& services);
  /// Valid until the next call of anything else.
  std::expected<Line*, Refusal> line_of(const std::shared_ptr<const core::Service>& service);
  Connection* connection_of(Line& line);
  /// The next message of its service goes over a new one.
  void abandon(const Connection* connection);
  /// Takes leave of all brokers.
  void close();

 private:
  void put_in_force(const std::shared_ptr<const core::Service>& service);
  void update(Line& line, const std::shared_ptr<const core::Service>& service,
              ConnectionSettings settings);
  void drop_lines_without(const std::vector<std::shared_ptr<const core::Service>>& services);
  void consume();
  void look_at(Line& line);
  void tell(const core::Service& service, core::QueueTrouble trouble);

  void take_delivered(core::ServiceId service, Inbox::Receipt receipt, Delivered message);
  void answered(const Inbox::Receipt& receipt);
  void give_back_what_was_not_kept();

  Connection* find(std::uint64_t number) const;
  bool in_use(const Connection* connection) const;
  void reap();
  void note_end(const Connection& connection);
  void start_pulse();
  void pulse();
  void tick(Connection& connection, SteadyTime now);

  Parts parts_;
  boost::asio::steady_timer pulse_;
  std::unordered_map<core::ServiceId, Line> lines_;
  std::unordered_map<core::ServiceId, core::QueueTrouble> told_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint64_t last_number_ = 0;  ///< of a connection
  bool pulsing_ = false;
  bool closing_ = false;
  std::unique_ptr<Inbox> inbox_;
  std::vector<Inbox::Receipt> not_kept_;
};

}  // namespace mih::transport::amqp
