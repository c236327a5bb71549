#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"

/// The methods of AMQP 0-9-1 that a publisher and consumer needs, with RabbitMQ's extensions
/// (confirms, nack, blocked): what a broker says, and what we say to it.
namespace mih::transport::amqp {

struct ConnectionStart {
  std::string mechanisms;  ///< separated by spaces
};
struct ConnectionTune {
  std::uint16_t channel_max = 0;  ///< 0 = no limit
  std::uint32_t frame_max = 0;    ///< 0 = no limit
  std::uint16_t heartbeat_s = 0;  ///< 0 = none
};
struct ConnectionOpenOk {};
struct ConnectionClose {
  std::uint16_t code = 0;
  std::string text;
};
struct ConnectionCloseOk {};
struct ConnectionBlocked {
  std::string reason;
};
struct ConnectionUnblocked {};
struct ChannelOpenOk {};
struct ChannelFlow {
  bool active = true;
};
struct ChannelClose {
  std::uint16_t code = 0;
  std::string text;
};
struct ChannelCloseOk {};
struct QueueDeclareOk {};
struct ConfirmSelectOk {};
struct QosOk {};
struct ConsumeOk {};
/// The broker ends a subscription.
struct BasicCancel {};
struct BasicDeliver {
  std::uint64_t tag = 0;
};
struct BasicReturn {
  std::uint16_t code = 0;
  std::string text;
};
struct BasicAck {
  std::uint64_t tag = 0;
  bool multiple = false;
};
struct BasicNack {
  std::uint64_t tag = 0;
  bool multiple = false;
};
/// One that is not listed here.
struct OtherMethod {
  std::uint16_t class_id = 0;
  std::uint16_t method_id = 0;
};

using Method = std::variant<ConnectionStart, ConnectionTune, ConnectionOpenOk, ConnectionClose,
                            ConnectionCloseOk, ConnectionBlocked, ConnectionUnblocked,
                            ChannelOpenOk, ChannelFlow, ChannelClose, ChannelCloseOk,
                            QueueDeclareOk, ConfirmSelectOk, QosOk, ConsumeOk, BasicCancel,
                            BasicDeliver, BasicReturn, BasicAck, BasicNack, OtherMethod>;

/// Reads the payload of a method frame. An error: it is cut short.
Result<Method> read_method(std::string_view payload);

// Each appends one whole frame.
void write_protocol_header(std::string& out);
/// `response` is as the mechanism wants it.
void write_start_ok(std::string& out, std::string_view mechanism, std::string_view response);
void write_tune_ok(std::string& out, const ConnectionTune& tune);
void write_connection_open(std::string& out, std::string_view vhost);
void write_connection_close(std::string& out, std::uint16_t code, std::string_view text);
void write_connection_close_ok(std::string& out);
void write_channel_open(std::string& out, std::uint16_t channel);
void write_channel_flow_ok(std::string& out, std::uint16_t channel, bool active);
void write_channel_close(std::string& out, std::uint16_t channel);
void write_channel_close_ok(std::string& out, std::uint16_t channel);
/// A durable queue; with `dead_letter_queue` what it drops goes there, through the default
/// exchange.
void write_queue_declare(std::string& out, std::uint16_t channel, std::string_view queue,
                         std::string_view dead_letter_queue);
void write_confirm_select(std::string& out, std::uint16_t channel);
/// Mandatory; header and body frames must follow.
void write_publish(std::string& out, std::uint16_t channel, std::string_view exchange,
                   std::string_view routing_key);
void write_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch);
/// Messages are to be acknowledged.
void write_consume(std::string& out, std::uint16_t channel, std::string_view queue);
/// Ends the subscription; the broker does not answer.
void write_cancel(std::string& out, std::uint16_t channel);
void write_ack(std::string& out, std::uint16_t channel, std::uint64_t tag);
/// A nack that puts the message back into its queue.
void write_give_back(std::string& out, std::uint16_t channel, std::uint64_t tag);
void write_heartbeat(std::string& out);

}  // namespace mih::transport::amqp
