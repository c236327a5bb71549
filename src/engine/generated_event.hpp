#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/core_events.hpp"

/// Events that nobody has seen, for a preview when there is no real one.
namespace mih::engine {

/// Of the name alone: Moodle makes component, action and target of it, and most often the rest.
EventClass guessed_class(std::string_view name);

/// The fields of get_data() as such an event could have them, with ids that are small numbers.
std::string generated_event(const EventClass& event, std::int64_t now_s);

/// A name that the pattern allows, if nobody knows a better one.
std::string name_for_pattern(std::string_view pattern);

}  // namespace mih::engine
