#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "transport/amqp/message.hpp"
#include "transport/amqp/method.hpp"

namespace mih::transport::amqp {

/// A message from a response queue.
struct Delivered {
  std::uint64_t tag = 0;  ///< to acknowledge it with
  std::string message_id;
  std::string content_type;
  std::string body;        ///< the first kMostBody bytes
  std::uint64_t size = 0;  ///< of the whole body
};

/// The consuming channel as a state machine without I/O: opens it, asks for at most 50 messages
/// that are not acknowledged, hands them out. When the broker closes the channel or cancels (there
/// is no such queue, it was deleted) it is opened anew after a while, at first a second, at most
/// ten.
///
///   idle -> opening -> limiting -> subscribing -> consuming -> stopping
///     ^-------- closed or cancelled by the broker ----'
class Consumer {
 public:
  static constexpr std::uint16_t kChannel = 2;
  static constexpr std::uint16_t kPrefetch = 50;
  /// Far beyond what reaches Moodle (1 MiB), and what brokers take by default (RabbitMQ 4: 16 MiB);
  /// memory must end somewhere.
  static constexpr std::size_t kMostBody = 16U << 20U;

  /// `output` outlives the consumer: what to write to the broker. "" = consumes nothing.
  Consumer(std::string queue, std::string& output);

  void connected(SteadyTime now);
  void tick(SteadyTime now);

  /// A method, a header, a piece of a body on this channel. False: it makes no sense now.
  bool take(const Method& method, SteadyTime now);
  bool take_header(const ContentHeader& header);
  bool take_body(std::string_view bytes);

  std::vector<Delivered> take_delivered() { return std::exchange(delivered_, {}); }
  /// No further messages. Those that were handed out may still be acknowledged.
  void stop();
  /// Stopped, and nothing is handed out without an answer.
  bool is_done() const { return stopped_ && (state_ != State::kStopping || unanswered_ == 0); }
  bool is_consuming() const { return state_ == State::kConsuming; }

  /// Only of messages that came since the channel was opened.
  void acknowledge(std::uint64_t tag);
  /// Gives a message back: the broker delivers it again.
  void give_back(std::uint64_t tag);
  /// Tags of one channel mean nothing on the next: counts the channels.
  std::uint32_t epoch() const { return epoch_; }
  /// Why nothing is consumed; "" = nothing is wrong.
  const std::string& trouble() const { return trouble_; }

 private:
  enum class State : std::uint8_t {
    kIdle,
    kOpening,
    kLimiting,
    kSubscribing,
    kConsuming,
    kStopping
  };

  void open();
  void give_up(std::string trouble, SteadyTime now);
  bool takes_answers() const { return is_consuming() || state_ == State::kStopping; }
  void complete();
  void leave();

  std::string queue_;
  std::string& output_;
  State state_ = State::kIdle;
  bool connected_ = false;
  bool stopped_ = false;
  bool leaving_ = false;  ///< we closed the channel, and the broker has not agreed yet
  std::uint32_t epoch_ = 0;
  int failures_ = 0;
  SteadyTime retry_at_{};
  std::string trouble_;
  std::vector<Delivered> delivered_;
  std::size_t unanswered_ = 0;  ///< handed out, or about to be
  std::optional<Delivered> partial_;
  bool expects_header_ = false;
  std::uint64_t left_ = 0;  ///< bytes of the body that have not come
};

}  // namespace mih::transport::amqp
