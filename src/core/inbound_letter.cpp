#include "core/inbound_letter.hpp"

#include <memory>
#include <utility>

namespace mih::core {
namespace {

constexpr std::string_view kPost = "POST";
constexpr std::string_view kConsumed = "AMQP";
constexpr std::string_view kContentType = "Content-Type";

}  // namespace

InboundPlace place_of(const InboundMessage& message) {
  if (message.source == InboundSource::kAmqp) return {kConsumed, "response_queue"};
  return {kPost, "/inbound/" + message.service_name};
}

DeadLetter inbound_letter(const InboundMessage& message, std::string why) {
  auto event = std::make_shared<Event>();
  event->id = message.id;
  event->name = kWebhookReceived;
  event->accepted = message.received;

  auto place = place_of(message);
  DeadLetter letter;
  letter.delivery_id = message.id;
  letter.reason = DeadReason::kInbound;
  letter.event = std::move(event);
  letter.service = message.service;
  letter.service_name = message.service_name;
  letter.method = place.method;
  letter.url = std::move(place.address);
  if (!message.content_type.empty()) {
    letter.headers.emplace_back(kContentType, message.content_type);
  }
  letter.payload = message.body;
  letter.error_message = std::move(why);
  return letter;
}

InboundMessage inbound_message(const DeadLetter& letter) {
  InboundMessage message;
  message.id = letter.delivery_id;
  message.service = letter.service;
  message.service_name = letter.service_name;
  message.source = letter.method == kConsumed ? InboundSource::kAmqp : InboundSource::kWebhook;
  if (!letter.headers.empty()) message.content_type = letter.headers.front().second;
  message.body = letter.payload;
  if (letter.event) message.received = letter.event->accepted;
  return message;
}

}  // namespace mih::core
