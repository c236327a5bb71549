#pragma once

#include <string>

#include "core/delivery.hpp"
#include "core/inbound.hpp"

namespace mih::core {

/// The event that a message becomes in Moodle.
inline constexpr std::string_view kWebhookReceived =
    R"(\local_integrationhub\event\webhook_received)";

/// Where a message came in: the method and address that its dead letter and log row show.
struct InboundPlace {
  std::string_view method;
  std::string address;
};
InboundPlace place_of(const InboundMessage& message);

/// The dead letter of a message that Moodle does not get; without time and attempts. Its payload
/// is the body as it came, which need not be text.
DeadLetter inbound_letter(const InboundMessage& message, std::string why);

/// The message again, for a replay; its `message_id` is not kept.
InboundMessage inbound_message(const DeadLetter& letter);

}  // namespace mih::core
