#include "engine/matcher.hpp"

#include <algorithm>

#include "engine/path.hpp"

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

void Matcher::add(std::string_view pattern, std::size_t index,
                  const std::optional<Discriminator>& discriminator) {
  const std::size_t star = pattern.find('*');
  const bool exact = star == std::string_view::npos;
  Group& group = exact ? exact_[std::string{pattern}]
                       : by_prefix_[std::string{pattern.substr(0, star)}][std::string{pattern}];
  if (discriminator) {
    auto& values = group.by_value[discriminator->path];
    for (const auto& key : discriminator->keys)
      values[key].push_back(index);
  } else {
    group.always.push_back(index);
  }
  if (exact) return;
  const auto at = std::ranges::lower_bound(prefix_lengths_, star);
  if (at == prefix_lengths_.end() || *at != star) prefix_lengths_.insert(at, star);
}

void Matcher::Group::find(const json::Value& event, std::vector<std::size_t>& found) const {
  found.insert(found.end(), always.begin(), always.end());
  for (const auto& [path, values] : by_value) {
    const auto rules = values.find(key_of(value_at(event, path)));
    if (rules == values.end()) continue;
    found.insert(found.end(), rules->second.begin(), rules->second.end());
  }
}

std::vector<std::size_t> Matcher::match(std::string_view eventname,
                                        const json::Value& event) const {
  std::vector<std::size_t> found;
  std::string key{eventname};
  if (const auto exact = exact_.find(key); exact != exact_.end()) exact->second.find(event, found);
  if (!eventname.starts_with(kOwnEvents)) {
    for (const std::size_t length : prefix_lengths_) {
      if (length > eventname.size()) break;
      key.assign(eventname.substr(0, length));
      const auto patterns = by_prefix_.find(key);
      if (patterns == by_prefix_.end()) continue;
      for (const auto& [pattern, group] : patterns->second) {
        if (matches_pattern(pattern, eventname)) group.find(event, found);
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

bool pattern_allows(std::string_view pattern, std::string_view eventname) {
  if (eventname.starts_with(kOwnEvents)) return pattern == eventname;
  return matches_pattern(pattern, eventname);
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
