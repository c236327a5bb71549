#include "engine/matcher.hpp"

#include <algorithm>

namespace mih::engine {
namespace {

constexpr std::string_view kOwnEvents = "\\local_integrationhub\\event\\";
constexpr std::size_t kMaxPattern = 255;

bool is_pattern_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '\\' || c == '*';
}

std::unexpected<Error> refuse(std::string_view pattern, const std::string& why) {
  return fail(ErrorCode::kValidationFailed, "eventname: '" + std::string{pattern} + "' " + why,
              {{"eventname", why}});
}

}  // namespace

void Matcher::add(std::string_view pattern, std::size_t index) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    exact_[std::string{pattern}].push_back(index);
    return;
  }
  by_prefix_[std::string{pattern.substr(0, star)}].push_back({std::string{pattern}, index});
  const auto at = std::ranges::lower_bound(prefix_lengths_, star);
  if (at == prefix_lengths_.end() || *at != star) prefix_lengths_.insert(at, star);
}

std::vector<std::size_t> Matcher::match(std::string_view eventname) const {
  std::vector<std::size_t> found;
  std::string key{eventname};
  if (const auto exact = exact_.find(key); exact != exact_.end()) found = exact->second;
  if (!eventname.starts_with(kOwnEvents)) {
    for (const std::size_t length : prefix_lengths_) {
      if (length > eventname.size()) break;
      key.assign(eventname.substr(0, length));
      const auto group = by_prefix_.find(key);
      if (group == by_prefix_.end()) continue;
      for (const Wildcard& wildcard : group->second) {
        if (matches_pattern(wildcard.pattern, eventname)) found.push_back(wildcard.index);
      }
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> normalise_pattern(std::string_view pattern) {
  if (pattern.empty()) return refuse(pattern, "is empty: name an event class, or use *");
  if (!std::ranges::all_of(pattern, is_pattern_character)) {
    return refuse(
        pattern,
        "may have letters, digits, '_', '\\' and '*' only, as \\core\\event\\user_created "
        "or \\core\\event\\*");
  }
  std::string full{pattern};
  if (full.front() != '\\' && full.front() != '*') full.insert(full.begin(), '\\');
  if (pattern.size() > kMaxPattern) return refuse(pattern, "is longer than 255 characters");
  if (full.find("\\\\") != std::string::npos || full.back() == '\\') {
    return refuse(pattern, "has an empty part: between two backslashes, or at its end");
  }
  const bool exact = full.find('*') == std::string::npos;
  if (exact && full.find('\\', 1) == std::string::npos) {
    return refuse(pattern,
                  "is no event class: it needs its namespace, as "
                  "\\core\\event\\user_created");
  }
  return full;
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;  // where in the name the last star ends so far
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace mih::engine
