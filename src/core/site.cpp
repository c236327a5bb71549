#include "core/site.hpp"

#include <algorithm>

namespace mih::core {
namespace {

constexpr std::size_t kMaxName = 63;

constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_site_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || name == "default") return false;
  return is_alphanumeric(name.front()) && std::ranges::all_of(name, [](char c) {
           return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace mih::core
