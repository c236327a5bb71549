#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"
#include "core/access.hpp"

namespace mih::api {

inline constexpr std::size_t kMinPassword = 12;  ///< characters
inline constexpr std::size_t kMaxPassword = 1024;

/// What is wrong with a new password, "" when nothing is.
std::string password_fault(std::string_view password);

/// kNotFound.
Result<core::User> find_user(const Call& call, core::UserId id);

}  // namespace mih::api
