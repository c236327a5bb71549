#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transport/amqp/frame.hpp"
#include "transport/amqp/wire.hpp"

/// What a broker says, frame by frame, and what it hears: for tests of the client's side.
namespace mih::transport::amqp::testing {

template <class Arguments>
std::string method(std::uint16_t channel, std::uint16_t class_id, std::uint16_t method_id,
                   Arguments write) {
  std::string out;
  const auto frame = begin_frame(out, FrameType::kMethod, channel);
  WireWriter writer(out);
  writer.number(class_id);
  writer.number(method_id);
  write(writer);
  end_frame(out, frame);
  return out;
}

inline std::string method(std::uint16_t channel, std::uint16_t class_id, std::uint16_t method_id) {
  return method(channel, class_id, method_id, [](WireWriter&) {});
}

inline std::string start(std::string_view mechanisms = "AMQPLAIN PLAIN") {
  return method(0, 10, 10, [&](WireWriter& out) {
    out.octet(0);
    out.octet(9);
    const auto properties = out.begin_length();
    out.member("product", std::string_view{"a broker of the tests"});
    out.end_length(properties);
    out.long_text(mechanisms);
    out.long_text("en_US");
  });
}
inline std::string tune(std::uint16_t channels = 2047, std::uint32_t frame = 131072,
                        std::uint16_t heartbeat = 60) {
  return method(0, 10, 30, [&](WireWriter& out) {
    out.number(channels);
    out.number(frame);
    out.number(heartbeat);
  });
}
inline std::string open_ok() {
  return method(0, 10, 41, [](WireWriter& out) { out.short_text(""); });
}
inline std::string close(std::uint16_t channel, std::uint16_t code, std::string_view text) {
  const bool connection = channel == 0;
  return method(channel, connection ? 10 : 20, connection ? 50 : 40, [&](WireWriter& out) {
    out.number(code);
    out.short_text(text);
    out.number(std::uint32_t{0});
  });
}
inline std::string close_ok() {
  return method(0, 10, 51);
}
inline std::string blocked(std::string_view reason) {
  return method(0, 10, 60, [&](WireWriter& out) { out.short_text(reason); });
}
inline std::string unblocked() {
  return method(0, 10, 61);
}
inline std::string channel_open_ok(std::uint16_t channel = 1) {
  return method(channel, 20, 11, [](WireWriter& out) { out.long_text(""); });
}
inline std::string queue_declare_ok(std::string_view queue) {
  return method(1, 50, 11, [&](WireWriter& out) {
    out.short_text(queue);
    out.number(std::uint64_t{0});
  });
}
inline std::string confirm_select_ok() {
  return method(1, 85, 11);
}
inline std::string ack(std::uint64_t tag, bool multiple = false) {
  return method(1, 60, 80, [&](WireWriter& out) {
    out.number(tag);
    out.octet(multiple ? 1 : 0);
  });
}
inline std::string nack(std::uint64_t tag, bool multiple = false) {
  return method(1, 60, 120, [&](WireWriter& out) {
    out.number(tag);
    out.octet(multiple ? 1 : 0);
  });
}
/// The header frame of a message with a content type and an id.
inline std::string content_header(std::uint16_t channel, std::uint64_t size,
                                  std::string_view message_id) {
  std::string out;
  const auto frame = begin_frame(out, FrameType::kHeader, channel);
  WireWriter writer(out);
  writer.number(std::uint32_t{60} << 16U);
  writer.number(size);
  writer.number(static_cast<std::uint16_t>(1U << 15U | 1U << 7U));
  writer.short_text("application/json");
  writer.short_text(message_id);
  end_frame(out, frame);
  return out;
}
inline std::string content_body(std::uint16_t channel, std::string_view bytes) {
  std::string out;
  const auto frame = begin_frame(out, FrameType::kBody, channel);
  out += bytes;
  end_frame(out, frame);
  return out;
}
inline std::string channel_close_ok(std::uint16_t channel) {
  return method(channel, 20, 41);
}
inline std::string qos_ok() {
  return method(2, 60, 11);
}
inline std::string consume_ok() {
  return method(2, 60, 21, [](WireWriter& out) { out.short_text("consumer"); });
}
/// The broker ends a subscription.
inline std::string cancel() {
  return method(2, 60, 30, [](WireWriter& out) {
    out.short_text("consumer");
    out.octet(1);
  });
}
/// A message of a queue, whole.
inline std::string deliver(std::uint64_t tag, std::string_view message_id, std::string_view body) {
  auto frames = method(2, 60, 60, [&](WireWriter& out) {
    out.short_text("consumer");
    out.number(tag);
    out.octet(0);
    out.short_text("");
    out.short_text("key");
  });
  frames += content_header(2, body.size(), message_id);
  if (!body.empty()) frames += content_body(2, body);
  return frames;
}
/// A message that comes back, whole.
inline std::string returned(std::string_view message_id, std::uint16_t code = 312,
                            std::string_view text = "NO_ROUTE") {
  return method(1, 60, 50,
                [&](WireWriter& out) {
                  out.number(code);
                  out.short_text(text);
                  out.short_text("");
                  out.short_text("key");
                }) +
         content_header(1, 2, message_id) + content_body(1, "{}");
}

/// One frame of the client.
struct Heard {
  FrameType type = FrameType::kMethod;
  std::uint16_t channel = 0;
  std::uint16_t class_id = 0;   ///< of a method
  std::uint16_t method_id = 0;  ///< of a method
  std::string payload;          ///< of a method without its ids
  bool is(std::uint16_t of_class, std::uint16_t of_method) const {
    return type == FrameType::kMethod && class_id == of_class && method_id == of_method;
  }
};

/// Takes the whole frames out of what the client has sent, the protocol header left out.
inline std::vector<Heard> heard(FrameReader& frames, std::string_view bytes) {
  if (bytes.starts_with("AMQP")) bytes.remove_prefix(8);
  frames.add(bytes);
  std::vector<Heard> all;
  for (;;) {
    const auto frame = frames.next();
    if (!frame || !*frame) return all;
    Heard one{(*frame)->type, (*frame)->channel, 0, 0, std::string{(*frame)->payload}};
    if (one.type == FrameType::kMethod) {
      WireReader reader(one.payload);
      one.class_id = reader.number<std::uint16_t>();
      one.method_id = reader.number<std::uint16_t>();
      one.payload.erase(0, 4);
    }
    all.push_back(std::move(one));
  }
}

}  // namespace mih::transport::amqp::testing
