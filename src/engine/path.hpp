#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace mih::engine {

/// The part of a path as a position in an array; empty when it is none.
std::optional<std::size_t> as_index(std::string_view part);

/// The value at a dotted path of an event (`other.items.0.name`, `event.` may come before it);
/// empty when the path leads nowhere.
std::optional<json::Value> value_at(const json::Value& event, std::string_view path);

}  // namespace mih::engine
