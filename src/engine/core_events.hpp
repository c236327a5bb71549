#pragma once

#include <span>
#include <string_view>

namespace mih::engine {

/// A class of Moodle's events, as a site's catalogue or the hub itself knows it. "" = not known.
struct EventClass {
  std::string_view name;
  std::string_view title{};
  std::string_view objecttable{};
  std::string_view crud{};
  int edulevel = 0;
  int contextlevel = 50;
  bool about_a_user = false;  ///< has a relateduserid
  bool in_a_course = true;
  std::string_view other{};  ///< JSON, as such an event could have it
};

/// The classes of Moodle's own that are used most, in the order of their names.
std::span<const EventClass> core_events();
/// Null if it is not among them.
const EventClass* find_core_event(std::string_view name);

}  // namespace mih::engine
