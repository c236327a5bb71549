#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "core/amqp_address.hpp"
#include "core/exchange.hpp"

namespace mih::transport::amqp {

/// A message to publish. It is always persistent.
struct Message {
  std::string routing_key;
  std::string content_type;
  std::string message_id;
  std::string type;  ///< name of the event; "" = none
  core::Headers headers;
  std::uint64_t timestamp_s = 0;
  std::string body;
};

/// The message of a request: its content type becomes a property, its other headers the table of
/// headers. One without a delivery id (a gateway call, a test) gets an id of its own, so that the
/// broker's answer can be told apart. An error: it cannot be sent as it is.
Result<Message> message_of(core::Request request, const core::AmqpAddress& address, WallTime now);

/// Appends the content: a header frame and as many body frames as it takes. False, and nothing is
/// appended: the headers do not fit into one frame.
bool write_content(std::string& out, std::uint16_t channel, std::uint32_t frame_max,
                   const Message& message);

/// What of a content header we need.
struct ContentHeader {
  std::uint64_t body_size = 0;
  std::string content_type;
  std::string message_id;
};

/// Reads the payload of a header frame. An error: it is cut short.
Result<ContentHeader> read_content_header(std::string_view payload);

}  // namespace mih::transport::amqp
