#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/template_program.hpp"

namespace mih::engine {

/// A name that a placeholder can begin with.
struct RootName {
  std::string_view name;
  Root root;
  std::span<const std::string_view> members;  ///< of the hub's own roots; empty: any or none
};

/// In alphabetical order.
std::span<const RootName> root_names();

/// What is known of a person and of a course, `id` first.
std::span<const std::string_view> person_members();
std::span<const std::string_view> course_members();

/// Null if there is none of that name.
const RootName* find_root(std::string_view name);

/// What to tell about an unknown name: the nearest known one, or all of them.
std::string unknown_root_message(std::string_view name);

}  // namespace mih::engine
