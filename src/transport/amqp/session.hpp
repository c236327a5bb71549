#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "core/exchange.hpp"
#include "transport/amqp/consumer.hpp"
#include "transport/amqp/frame.hpp"
#include "transport/amqp/method.hpp"
#include "transport/amqp/publisher.hpp"

namespace mih::transport::amqp {

/// One connection to a broker as a state machine without I/O and clock: bytes of the broker and
/// messages go in, bytes for the broker and what came of the messages come out.
///
///   starting -> tuning -> opening -> running -> closing -> over
///       '----------'----------'---------'-- fault ----------^
class Session {
 public:
  struct Settings {
    std::string user;
    std::string password;
    bool external = false;  ///< the client certificate says who we are (SASL EXTERNAL)
    std::string vhost;
    std::chrono::seconds heartbeat{15};
    Publisher::Settings publisher;
    std::string response_queue;  ///< consumed while the connection lasts; "" = none
  };
  struct Fault {
    core::Failure failure = core::Failure::kOther;
    std::string error;
  };

  Session(Settings settings, SteadyTime now);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What happens.
  void receive(std::string_view bytes, SteadyTime now);
  void publish(Token token, Message message) { publisher_.publish(token, std::move(message)); }
  void forget(Token token) { publisher_.forget(token); }
  /// A message of the response queue is durable. Of an earlier epoch it is not meant any more.
  void acknowledge(std::uint32_t epoch, std::uint64_t tag);
  /// It could not be kept; the broker is to deliver it again.
  void give_back(std::uint32_t epoch, std::uint64_t tag);
  /// To be called about once a second: heartbeats.
  void tick(SteadyTime now);
  /// The connection broke, or could not be made; it is over.
  void lose(core::Failure failure, const std::string& error);
  /// No further messages of the response queue; those that were handed out may be answered.
  void stop_consuming() { consumer_.stop(); }
  /// Says goodbye to the broker, once all messages that were handed out are answered; over when it
  /// has answered.
  void close();

  // What follows.
  std::string take_output(SteadyTime now);
  std::vector<Settled> take_settled() { return std::exchange(settled_, {}); }
  /// Messages of the response queue, of the current epoch.
  std::vector<Delivered> take_delivered() { return consumer_.take_delivered(); }
  std::uint32_t epoch() const { return consumer_.epoch(); }
  /// Why the response queue is not consumed; "" = nothing is wrong.
  const std::string& trouble() const { return consumer_.trouble(); }
  bool is_consuming() const { return is_running() && consumer_.is_consuming(); }
  bool is_running() const { return phase_ == Phase::kRunning; }
  bool is_over() const { return phase_ == Phase::kOver; }
  /// Why it is over, if not because of close().
  const std::optional<Fault>& fault() const { return fault_; }
  bool blocked() const { return publisher_.blocked(); }
  std::size_t abandoned() const { return publisher_.abandoned(); }
  SteadyTime last_received() const { return last_received_; }

 private:
  enum class Phase : std::uint8_t { kStarting, kTuning, kOpening, kRunning, kClosing, kOver };

  void take_frame(const Frame& frame);
  bool take_method(std::uint16_t channel, const Method& method);
  bool take_content(const Frame& frame);
  void take_connection_method(const Method& method);
  void start(const ConnectionStart& method);
  void tune(const ConnectionTune& method);
  void end(const ConnectionClose& method);
  void violated();
  void leave_when_done();

  Settings settings_;
  Phase phase_ = Phase::kStarting;
  bool leaving_ = false;
  std::optional<Fault> fault_;
  std::string output_;
  std::vector<Settled> settled_;
  FrameReader frames_;
  Publisher publisher_;
  Consumer consumer_;
  std::uint32_t frame_max_ = kMostFrame;
  std::chrono::seconds heartbeat_{0};  ///< as agreed; 0 = none
  SteadyTime last_received_;
  SteadyTime last_sent_;
};

}  // namespace mih::transport::amqp
