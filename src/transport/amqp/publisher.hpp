#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/exchange.hpp"
#include "transport/amqp/message.hpp"
#include "transport/amqp/method.hpp"

namespace mih::transport::amqp {

/// Names a message from publish() to its Settled.
using Token = std::uint64_t;

/// How it ended for one message. kNone = confirmed by the broker.
struct Settled {
  Token token = 0;
  core::Failure failure = core::Failure::kNone;
  std::string error;
};

/// What a channel's or connection's closing with this code means.
core::Failure failure_of_code(std::uint16_t code);

/// The publishing channel as a state machine without I/O: opens it, declares the queues, asks for
/// confirms, then publishes. Whatever goes wrong with the channel settles all its messages; the
/// next message opens it anew, so nothing is repeated by itself.
///
///   closed -> opening -> [declaring dead letters] -> [declaring] -> selecting -> ready
///      ^----------------- closed by the broker: all messages settled --------------'
class Publisher {
 public:
  struct Settings {
    std::string exchange;
    std::string queue_declare;  ///< "" = none
    std::string dlq;            ///< "" = none
  };
  static constexpr std::uint16_t kChannel = 1;

  /// Both outlive the publisher: what to write to the broker, and what came of the messages.
  Publisher(Settings settings, std::string& output, std::vector<Settled>& settled);

  /// The connection is open: messages may go.
  void connected(std::uint32_t frame_max);

  /// Ends in exactly one Settled, unless it is forgotten.
  void publish(Token token, Message message);
  /// Nobody waits for it any more. It may be published all the same.
  void forget(Token token);
  void fail_all(core::Failure failure, const std::string& error);

  /// The broker says that it takes no messages, and why; those under way may still be confirmed.
  void block(const std::string& reason);
  void unblock() { blocked_ = false; }
  bool blocked() const { return blocked_; }

  /// A method on this channel. False: it makes no sense now.
  bool take(const Method& method);
  /// The header of a returned message. False: none was expected.
  bool take_header(const ContentHeader& header);

  /// Published and forgotten, without an answer of the broker.
  std::size_t abandoned() const { return abandoned_; }

 private:
  enum class State : std::uint8_t {
    kClosed,
    kOpening,
    kDeclaringDeadLetters,
    kDeclaring,
    kSelecting,
    kReady,
  };
  struct Waiting {
    Token token;
    Message message;
  };
  /// One published message, until the broker has confirmed it.
  struct Unconfirmed {
    Token token = 0;
    std::size_t id_hash = 0;  ///< of its message id, to find it when it is returned
    std::string returned;     ///< why; "" = it was not
    bool answered = false;
    bool forgotten = false;
  };

  bool advance(State expected);
  void declare();
  void select();
  void send(Token token, const Message& message);
  bool take_answer(std::uint64_t tag, bool multiple, bool confirmed);
  void answer(Unconfirmed& message, bool confirmed);
  void settle_blocked(Token token);
  void settle(Token token, core::Failure failure, std::string error);
  void close(const ChannelClose& method);

  Settings settings_;
  std::string& output_;
  std::vector<Settled>& settled_;
  State state_ = State::kClosed;
  bool connected_ = false;
  bool blocked_ = false;
  std::string blocked_reason_;
  std::uint32_t frame_max_ = 0;
  std::deque<Waiting> waiting_;
  std::deque<Unconfirmed> unconfirmed_;
  std::uint64_t first_tag_ = 1;  ///< of the first in unconfirmed_
  std::size_t abandoned_ = 0;
  bool expects_header_ = false;
  std::string return_reason_;
};

}  // namespace mih::transport::amqp
