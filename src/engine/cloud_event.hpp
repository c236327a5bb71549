#pragma once

#include <expected>
#include <string>

#include "base/json.hpp"
#include "engine/event_reader.hpp"

namespace mih::engine {

/// A CloudEvent (CloudEvents 1.0, JSON format) as somebody would post it as a Moodle event: `data`
/// is the event, `id` and `time` become its id and timecreated, all attributes are in its member
/// `ce` (so `source` is `event.ce.source`). Without `data.eventname` the type is the name, with
/// backslashes for dots: `core.event.user_created` reads as `\core\event\user_created`. Data that
/// is no object is kept in the event's member `data`, `data_base64` in a member of that name.
/// Rejections: validation_failed, naming the attribute.
std::expected<std::string, Rejection> event_of_cloud_event(const json::Value& posted);

}  // namespace mih::engine
