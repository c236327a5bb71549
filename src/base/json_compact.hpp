#pragma once

#include <string>

#include "base/json.hpp"

namespace mih::json {

/// The value without white space between its tokens, which keep their spelling.
std::string compact(const Value& value);

}  // namespace mih::json
