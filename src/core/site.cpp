#include "core/site.hpp"

#include <algorithm>

namespace mih::core {
namespace {

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxUrl = 1333;  // a column of Moodle's

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

bool is_site_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (text.size() > kMaxUrl || scheme == std::string_view::npos) return false;
  const auto host = text.substr(scheme + 3);
  return (text.starts_with("http://") || text.starts_with("https://")) && !host.empty() &&
         host.front() != '/' && text.find_first_of(" \t\r\n#;,'\"<>") == std::string_view::npos;
}

}  // namespace mih::core
