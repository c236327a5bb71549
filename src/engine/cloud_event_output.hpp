#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/exchange.hpp"
#include "core/service.hpp"

namespace mih::engine {

/// What a CloudEvent says of itself, besides its data.
struct CloudEventAttributes {
  std::string_view id;    ///< of the delivery: two rules may send the same event to one service
  std::string_view site;  ///< source is "/moodle/SITE"
  std::string_view event_name;
  std::optional<std::int64_t> time_s;
  core::ServiceType binding = core::ServiceType::kRest;
};

/// Makes a CloudEvent (CloudEvents 1.0) of a rendered request with a body. kBinary: the attributes
/// are headers and the body stays. They begin with `ce-` (HTTP binding, 3.1.3) or `cloudEvents_`
/// (AMQP binding, 3.1.3.1, whose application properties are the headers of AMQP 0-9-1).
/// kStructured: the body becomes the event in the JSON format, with the payload as its data (or
/// data_base64, if it is no text).
void make_cloud_event(core::Request& request, const CloudEventAttributes& attributes,
                      core::CloudEvents mode);

}  // namespace mih::engine
