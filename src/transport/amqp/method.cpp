#include "transport/amqp/method.hpp"

#include "transport/amqp/frame.hpp"
#include "transport/amqp/wire.hpp"

namespace mih::transport::amqp {
namespace {

/// Class and method in one number, as in a method frame.
constexpr std::uint32_t id(std::uint16_t class_id, std::uint16_t method_id) {
  return static_cast<std::uint32_t>(class_id) << 16U | method_id;
}

constexpr auto kConnectionStart = id(10, 10);
constexpr auto kConnectionStartOk = id(10, 11);
constexpr auto kConnectionTune = id(10, 30);
constexpr auto kConnectionTuneOk = id(10, 31);
constexpr auto kConnectionOpen = id(10, 40);
constexpr auto kConnectionOpenOk = id(10, 41);
constexpr auto kConnectionClose = id(10, 50);
constexpr auto kConnectionCloseOk = id(10, 51);
constexpr auto kConnectionBlocked = id(10, 60);
constexpr auto kConnectionUnblocked = id(10, 61);
constexpr auto kChannelOpen = id(20, 10);
constexpr auto kChannelOpenOk = id(20, 11);
constexpr auto kChannelFlow = id(20, 20);
constexpr auto kChannelFlowOk = id(20, 21);
constexpr auto kChannelClose = id(20, 40);
constexpr auto kChannelCloseOk = id(20, 41);
constexpr auto kQueueDeclare = id(50, 10);
constexpr auto kQueueDeclareOk = id(50, 11);
constexpr auto kBasicQos = id(60, 10);
constexpr auto kBasicQosOk = id(60, 11);
constexpr auto kBasicConsume = id(60, 20);
constexpr auto kBasicConsumeOk = id(60, 21);
constexpr auto kBasicCancel = id(60, 30);
constexpr auto kBasicPublish = id(60, 40);
constexpr auto kBasicReturn = id(60, 50);
constexpr auto kBasicDeliver = id(60, 60);
constexpr auto kBasicAck = id(60, 80);
constexpr auto kBasicNack = id(60, 120);
constexpr auto kConfirmSelect = id(85, 10);
constexpr auto kConfirmSelectOk = id(85, 11);

constexpr std::uint8_t kMandatory = 1;
constexpr std::uint8_t kDurable = 2;
constexpr std::uint8_t kRequeue = 2;
constexpr std::uint8_t kNoWait = 1;
constexpr std::string_view kSubscription = "mih";  // there is one on a channel
constexpr std::uint16_t kReplySuccess = 200;

ConnectionStart read_start(WireReader& in) {
  in.number<std::uint16_t>();  // version
  in.long_text();              // what the server says of itself
  return {std::string{in.long_text()}};
}

ConnectionTune read_tune(WireReader& in) {
  ConnectionTune tune;
  tune.channel_max = in.number<std::uint16_t>();
  tune.frame_max = in.number<std::uint32_t>();
  tune.heartbeat_s = in.number<std::uint16_t>();
  return tune;
}

/// Code and text, as in close and return.
template <class T>
T read_reason(WireReader& in) {
  T method;
  method.code = in.number<std::uint16_t>();
  method.text = in.short_text();
  return method;
}

BasicDeliver read_deliver(WireReader& in) {
  in.short_text();  // whose subscription
  return {in.number<std::uint64_t>()};
}

template <class T>
T read_tag(WireReader& in) {
  T method;
  method.tag = in.number<std::uint64_t>();
  method.multiple = (in.octet() & 1U) != 0;
  return method;
}

Method read_arguments(std::uint32_t method, WireReader& in) {
  switch (method) {
    case kConnectionStart:
      return read_start(in);
    case kConnectionTune:
      return read_tune(in);
    case kConnectionOpenOk:
      return ConnectionOpenOk{};
    case kConnectionClose:
      return read_reason<ConnectionClose>(in);
    case kConnectionCloseOk:
      return ConnectionCloseOk{};
    case kConnectionBlocked:
      return ConnectionBlocked{std::string{in.short_text()}};
    case kConnectionUnblocked:
      return ConnectionUnblocked{};
    case kChannelOpenOk:
      return ChannelOpenOk{};
    case kChannelFlow:
      return ChannelFlow{(in.octet() & 1U) != 0};
    case kChannelClose:
      return read_reason<ChannelClose>(in);
    case kChannelCloseOk:
      return ChannelCloseOk{};
    case kQueueDeclareOk:
      return QueueDeclareOk{};
    case kConfirmSelectOk:
      return ConfirmSelectOk{};
    case kBasicQosOk:
      return QosOk{};
    case kBasicConsumeOk:
      return ConsumeOk{};
    case kBasicCancel:
      return BasicCancel{};
    case kBasicDeliver:
      return read_deliver(in);
    case kBasicReturn:
      return read_reason<BasicReturn>(in);
    case kBasicAck:
      return read_tag<BasicAck>(in);
    case kBasicNack:
      return read_tag<BasicNack>(in);
    default:
      return OtherMethod{static_cast<std::uint16_t>(method >> 16U),
                         static_cast<std::uint16_t>(method)};
  }
}

/// A method frame under construction.
class MethodFrame {
 public:
  MethodFrame(std::string& out, std::uint16_t channel, std::uint32_t method)
      : out_(out), begin_(begin_frame(out, FrameType::kMethod, channel)), writer_(out) {
    writer_.number(method);
  }
  ~MethodFrame() { end_frame(out_, begin_); }
  MethodFrame(const MethodFrame&) = delete;
  MethodFrame& operator=(const MethodFrame&) = delete;
  WireWriter& operator*() { return writer_; }
  WireWriter* operator->() { return &writer_; }

 private:
  std::string& out_;
  std::size_t begin_;
  WireWriter writer_;
};

void write_client_properties(WireWriter& out) {
  const auto table = out.begin_length();
  out.member("product", std::string_view{"Moodle Integration Hub"});
  out.member("version", std::string_view{MIH_VERSION});
  const auto capabilities = out.begin_table("capabilities");
  for (const std::string_view name : {"publisher_confirms", "basic.nack", "connection.blocked",
                                      "consumer_cancel_notify", "authentication_failure_close"})
    out.member(name, true);
  out.end_length(capabilities);
  out.end_length(table);
}

}  // namespace

Result<Method> read_method(std::string_view payload) {
  WireReader in(payload);
  const auto method = in.number<std::uint32_t>();
  Method read = read_arguments(method, in);
  if (in.failed()) return fail(ErrorCode::kInternal, "a method of the broker is cut short");
  return read;
}

void write_protocol_header(std::string& out) {
  out += std::string_view{"AMQP\0\0\x09\x01", 8};
}

void write_start_ok(std::string& out, std::string_view mechanism, std::string_view response) {
  MethodFrame frame(out, 0, kConnectionStartOk);
  write_client_properties(*frame);
  frame->short_text(mechanism);
  frame->long_text(response);
  frame->short_text("en_US");
}

void write_tune_ok(std::string& out, const ConnectionTune& tune) {
  MethodFrame frame(out, 0, kConnectionTuneOk);
  frame->number(tune.channel_max);
  frame->number(tune.frame_max);
  frame->number(tune.heartbeat_s);
}

void write_connection_open(std::string& out, std::string_view vhost) {
  MethodFrame frame(out, 0, kConnectionOpen);
  frame->short_text(vhost);
  frame->short_text("");
  frame->octet(0);
}

void write_connection_close(std::string& out, std::uint16_t code, std::string_view text) {
  MethodFrame frame(out, 0, kConnectionClose);
  frame->number(code);
  frame->short_text(text);
  frame->number(std::uint32_t{0});
}

void write_connection_close_ok(std::string& out) {
  const MethodFrame frame(out, 0, kConnectionCloseOk);
}

void write_channel_open(std::string& out, std::uint16_t channel) {
  MethodFrame frame(out, channel, kChannelOpen);
  frame->short_text("");
}

void write_channel_flow_ok(std::string& out, std::uint16_t channel, bool active) {
  MethodFrame frame(out, channel, kChannelFlowOk);
  frame->octet(active ? 1 : 0);
}

void write_channel_close(std::string& out, std::uint16_t channel) {
  MethodFrame frame(out, channel, kChannelClose);
  frame->number(kReplySuccess);
  frame->short_text("");
  frame->number(std::uint32_t{0});
}

void write_channel_close_ok(std::string& out, std::uint16_t channel) {
  const MethodFrame frame(out, channel, kChannelCloseOk);
}

void write_queue_declare(std::string& out, std::uint16_t channel, std::string_view queue,
                         std::string_view dead_letter_queue) {
  MethodFrame frame(out, channel, kQueueDeclare);
  frame->number(std::uint16_t{0});
  frame->short_text(queue);
  frame->octet(kDurable);
  const auto arguments = frame->begin_length();
  if (!dead_letter_queue.empty()) {
    frame->member("x-dead-letter-exchange", std::string_view{""});
    frame->member("x-dead-letter-routing-key", dead_letter_queue);
  }
  frame->end_length(arguments);
}

void write_confirm_select(std::string& out, std::uint16_t channel) {
  MethodFrame frame(out, channel, kConfirmSelect);
  frame->octet(0);
}

void write_publish(std::string& out, std::uint16_t channel, std::string_view exchange,
                   std::string_view routing_key) {
  MethodFrame frame(out, channel, kBasicPublish);
  frame->number(std::uint16_t{0});
  frame->short_text(exchange);
  frame->short_text(routing_key);
  frame->octet(kMandatory);
}

void write_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch) {
  MethodFrame frame(out, channel, kBasicQos);
  frame->number(std::uint32_t{0});
  frame->number(prefetch);
  frame->octet(0);
}

void write_consume(std::string& out, std::uint16_t channel, std::string_view queue) {
  MethodFrame frame(out, channel, kBasicConsume);
  frame->number(std::uint16_t{0});
  frame->short_text(queue);
  frame->short_text(kSubscription);
  frame->octet(0);
  frame->number(std::uint32_t{0});  // no arguments
}

void write_cancel(std::string& out, std::uint16_t channel) {
  MethodFrame frame(out, channel, kBasicCancel);
  frame->short_text(kSubscription);
  frame->octet(kNoWait);
}

void write_ack(std::string& out, std::uint16_t channel, std::uint64_t tag) {
  MethodFrame frame(out, channel, kBasicAck);
  frame->number(tag);
  frame->octet(0);
}

void write_give_back(std::string& out, std::uint16_t channel, std::uint64_t tag) {
  MethodFrame frame(out, channel, kBasicNack);
  frame->number(tag);
  frame->octet(kRequeue);
}

void write_heartbeat(std::string& out) {
  end_frame(out, begin_frame(out, FrameType::kHeartbeat, 0));
}

}  // namespace mih::transport::amqp
