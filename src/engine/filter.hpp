#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace mih::engine {

/// A condition that only events with one of these values can meet: what rules are indexed by.
struct Discriminator {
  std::string path;
  std::vector<std::string> keys;  ///< as key_of() gives them
};

/// What an event must be like for a rule, beside its name: a JSON object of paths and operators,
/// all of which must hold. Immutable and shared between threads.
class Filter {
 public:
  static constexpr std::size_t kMaxBytes = 64 << 10;
  static constexpr std::size_t kMaxDepth = 16;  ///< of $and, $or, $not
  static constexpr std::size_t kMaxConditions = 1000;

  /// kFilterInvalid for the field `filter`, naming the path in it and what is allowed.
  static Result<Filter> compile(std::string_view source);

  /// Total: what a path does not lead to is null.
  bool matches(const json::Value& event) const;
  /// The first condition that the event does not meet, as it is written; empty when it matches.
  std::optional<std::string> unmet(const json::Value& event) const;
  /// Empty when no condition ties the rule to a few values.
  const std::optional<Discriminator>& discriminator() const;

 private:
  struct Program;
  explicit Filter(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

/// The same text for values that `$eq` may call equal, a missing one included.
std::string key_of(const std::optional<json::Value>& value);

}  // namespace mih::engine
