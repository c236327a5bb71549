#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mih::engine {

/// The names of all classes of events that a Moodle 4.5 has by itself, in their order: what may be
/// known before a site has told its own.
std::vector<std::string> moodle_events();

}  // namespace mih::engine
