#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"

namespace mih::engine {

/// Finds the patterns that an event name matches. Exact patterns are looked up by hash; patterns
/// with `*` are grouped by their text before the first `*`. Patterns with `*` never match the hub's
/// own events (`\local_integrationhub\event\*`).
class Matcher {
 public:
  /// `pattern` as normalise_pattern() gives it. `index` is what match() returns.
  void add(std::string_view pattern, std::size_t index);

  /// Indexes of all patterns that match, ascending.
  std::vector<std::size_t> match(std::string_view eventname) const;

 private:
  struct Wildcard {
    std::string pattern;
    std::size_t index;
  };
  std::unordered_map<std::string, std::vector<std::size_t>> exact_;
  std::unordered_map<std::string, std::vector<Wildcard>> by_prefix_;  ///< up to the first '*'
  std::vector<std::size_t> prefix_lengths_;                           ///< that occur, ascending
};

/// Adds a missing leading backslash and checks the characters. kValidationFailed for `eventname`.
Result<std::string> normalise_pattern(std::string_view pattern);

/// True if `*` stands for any run of characters.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace mih::engine
