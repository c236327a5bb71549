#include "core/access.hpp"

#include <algorithm>

namespace mih::core {
namespace {

constexpr std::size_t kMaxName = 100;

constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view name, std::string_view also) {
  return !name.empty() && name.size() <= kMaxName && is_alphanumeric(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_alphanumeric(c) || also.contains(c); });
}

}  // namespace

bool is_user_name(std::string_view name) {
  return is_name(name, "._@-");
}

bool is_secret_name(std::string_view name) {
  return is_name(name, "._-");
}

}  // namespace mih::core
