#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "engine/filter.hpp"

namespace mih::engine {

/// Finds the rules whose pattern an event name matches and whose filter it may match. Exact
/// patterns are looked up by hash; patterns with `*` are grouped by their text before the first
/// `*`. Within one pattern, rules that are tied to values of a field are looked up by the event's
/// value. Patterns with `*` never match the hub's own events (`\local_integrationhub\event\*`).
class Matcher {
 public:
  /// `pattern` as normalise_pattern() gives it. `index` is what match() returns.
  void add(std::string_view pattern, std::size_t index,
           const std::optional<Discriminator>& discriminator = std::nullopt);

  /// Indexes of all that match, ascending; of those with a discriminator none that cannot.
  std::vector<std::size_t> match(std::string_view eventname, const json::Value& event) const;

 private:
  /// The rules of one pattern.
  struct Group {
    std::vector<std::size_t> always;
    /// path -> key of the value -> rules
    std::map<std::string, std::unordered_map<std::string, std::vector<std::size_t>>> by_value;

    void find(const json::Value& event, std::vector<std::size_t>& found) const;
  };
  std::unordered_map<std::string, Group> exact_;
  /// Text up to the first '*' -> pattern -> rules.
  std::unordered_map<std::string, std::map<std::string, Group>> by_prefix_;
  std::vector<std::size_t> prefix_lengths_;  ///< that occur, ascending
};

/// Adds a missing leading backslash and checks the characters. kValidationFailed for `eventname`.
Result<std::string> normalise_pattern(std::string_view pattern);

/// True if a rule with that pattern takes events of that name.
bool pattern_allows(std::string_view pattern, std::string_view eventname);

/// True if `*` stands for any run of characters.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace mih::engine
