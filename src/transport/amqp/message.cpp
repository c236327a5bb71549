#include "transport/amqp/message.hpp"

#include "base/header.hpp"
#include "base/uuid.hpp"
#include "transport/amqp/frame.hpp"
#include "transport/amqp/wire.hpp"

namespace mih::transport::amqp {
namespace {

constexpr std::string_view kAppId = "MoodleIntegrationHub";
constexpr std::uint16_t kBasicClass = 60;
constexpr std::uint8_t kPersistent = 2;
constexpr std::size_t kMostShort = 255;

// Flags of the properties, in the order in which their values follow (specification, 4.2.6.1).
constexpr std::uint16_t kContentType = 1U << 15U;
constexpr std::uint16_t kContentEncoding = 1U << 14U;
constexpr std::uint16_t kHeaders = 1U << 13U;
constexpr std::uint16_t kDeliveryMode = 1U << 12U;
constexpr std::uint16_t kPriority = 1U << 11U;
constexpr std::uint16_t kCorrelationId = 1U << 10U;
constexpr std::uint16_t kReplyTo = 1U << 9U;
constexpr std::uint16_t kExpiration = 1U << 8U;
constexpr std::uint16_t kMessageId = 1U << 7U;
constexpr std::uint16_t kTimestamp = 1U << 6U;
constexpr std::uint16_t kType = 1U << 5U;
constexpr std::uint16_t kAppIdFlag = 1U << 3U;

Result<void> take_header(Message& message, std::pair<std::string, std::string> header) {
  auto& [name, value] = header;
  if (equal_ignoring_case(name, "Accept")) return {};
  if (equal_ignoring_case(name, "Content-Type")) {
    if (value.size() > kMostShort) {
      return fail(ErrorCode::kTemplateInvalid, "the Content-Type is over 255 bytes");
    }
    message.content_type = std::move(value);
    return {};
  }
  if (name.size() > kMostShort) {
    return fail(ErrorCode::kTemplateInvalid, "the name of a header is over 255 bytes");
  }
  message.headers.push_back(std::move(header));
  return {};
}

void write_properties(WireWriter& out, const Message& message) {
  const bool headers = !message.headers.empty();
  const bool type = !message.type.empty();
  unsigned flags = kContentType | kDeliveryMode | kMessageId | kTimestamp | kAppIdFlag;
  if (headers) flags |= kHeaders;
  if (type) flags |= kType;
  out.number(static_cast<std::uint16_t>(flags));
  out.short_text(message.content_type);
  if (headers) {
    const auto table = out.begin_length();
    for (const auto& [name, value] : message.headers)
      out.member(name, value);
    out.end_length(table);
  }
  out.octet(kPersistent);
  out.short_text(message.message_id);
  out.number(message.timestamp_s);
  if (type) out.short_text(message.type);
  out.short_text(kAppId);
}

}  // namespace

Result<Message> message_of(core::Request request, const core::AmqpAddress& address, WallTime now) {
  Message message;
  message.routing_key = address.routing_key_for(request.url);
  if (message.routing_key.size() > kMostShort) {
    return fail(ErrorCode::kTemplateInvalid, "the routing key is over 255 bytes");
  }
  message.content_type = "application/json";
  for (auto& header : request.headers) {
    if (auto taken = take_header(message, std::move(header)); !taken) return fail(taken);
  }
  message.message_id = request.delivery_id.empty() ? make_uuid7(now) : request.delivery_id;
  message.type = std::move(request.event_name);
  message.timestamp_s = static_cast<std::uint64_t>(to_unix_s(now));
  message.body = std::move(request.body);
  return message;
}

bool write_content(std::string& out, std::uint16_t channel, std::uint32_t frame_max,
                   const Message& message) {
  const auto before = out.size();
  const auto frame = begin_frame(out, FrameType::kHeader, channel);
  WireWriter writer(out);
  writer.number(kBasicClass);
  writer.number(std::uint16_t{0});
  writer.number(static_cast<std::uint64_t>(message.body.size()));
  write_properties(writer, message);
  end_frame(out, frame);
  if (out.size() - before > frame_max) {
    out.resize(before);
    return false;
  }
  const std::size_t most = frame_max - kFrameOverhead;
  for (std::size_t at = 0; at < message.body.size(); at += most) {
    const auto body = begin_frame(out, FrameType::kBody, channel);
    out += std::string_view{message.body}.substr(at, most);
    end_frame(out, body);
  }
  return true;
}

Result<ContentHeader> read_content_header(std::string_view payload) {
  ContentHeader header;
  WireReader in(payload);
  in.number<std::uint32_t>();  // class and weight
  header.body_size = in.number<std::uint64_t>();
  const auto flags = in.number<std::uint16_t>();
  for (auto more = flags; (more & 1U) != 0 && !in.failed();)
    more = in.number<std::uint16_t>();
  const auto has = [flags](std::uint16_t property) { return (flags & property) != 0; };
  if (has(kContentType)) header.content_type = in.short_text();
  if (has(kContentEncoding)) in.short_text();
  if (has(kHeaders)) in.long_text();
  if (has(kDeliveryMode)) in.octet();
  if (has(kPriority)) in.octet();
  for (const auto text : {kCorrelationId, kReplyTo, kExpiration}) {
    if (has(text)) in.short_text();
  }
  if (has(kMessageId)) header.message_id = in.short_text();
  if (in.failed()) return fail(ErrorCode::kInternal, "a content header is cut short");
  return header;
}

}  // namespace mih::transport::amqp
