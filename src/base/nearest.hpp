#pragma once

#include <span>
#include <string_view>

namespace mih {

/// The candidate that is spelled most like `name`, for "did you mean ...?"; "" if none is near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace mih
