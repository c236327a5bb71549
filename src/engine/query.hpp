#pragma once

#include <string>

#include "base/json.hpp"

namespace mih::engine {

enum class PairStyle : std::uint8_t { kQuery, kForm };

/// Appends the members of an object as `a=1&b%5Bc%5D%5B0%5D=x` (brackets percent-encoded): booleans
/// as 1 and 0, numbers as spelled, null and what is empty left out.
void append_pairs(std::string& out, const json::Value& object, PairStyle style);

}  // namespace mih::engine
