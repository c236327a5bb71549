#pragma once

#include <string_view>
#include <vector>

namespace mih::bench {

/// Recorded events of a Moodle 4.5, one of each of 300 kinds, as `get_data()` gave them: JSON
/// objects without an id. They are part of the program, so that it demonstrates itself anywhere.
const std::vector<std::string_view>& recorded_events();

}  // namespace mih::bench
