#pragma once

#include <memory>
#include <optional>
#include <re2/re2.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/decimal.hpp"
#include "base/json.hpp"

/// What a filter is compiled to.
namespace mih::engine {

/// A literal of a filter. Texts and numbers are kept as they compare.
struct Operand {
  json::Kind kind = json::Kind::kNull;
  std::string text;  ///< of a string: decoded; of a number: as spelled
};

enum class Comparison : std::uint8_t { kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
enum class TextTest : std::uint8_t { kStartsWith, kEndsWith, kContains };

struct Condition;

struct Equals {
  std::vector<Operand> any_of;
};
struct Compares {
  Comparison how;
  Operand with;
};
struct Exists {
  bool wanted;
};
struct TestsText {
  TextTest how;
  Operand with;
};
struct MatchesRegex {
  std::shared_ptr<const re2::RE2> pattern;
};
/// Of conditions on one value, or on the event.
struct All {
  std::vector<Condition> of;
};
struct Any {
  std::vector<Condition> of;
};
struct Not {
  std::vector<Condition> of;  ///< exactly one
};

/// A condition on the value at `path`; those that are made of others have none.
struct Condition {
  std::string path;
  std::string source;  ///< as written, for messages
  std::variant<Equals, Compares, Exists, TestsText, MatchesRegex, All, Any, Not> what;

  bool holds(const json::Value& event) const;
};

/// A number and a text that spells it are equal; a missing value is null.
bool equal(const Operand& operand, const std::optional<json::Value>& value);
Operand operand_of(const json::Value& literal);
std::string key_of(const Operand& operand);

}  // namespace mih::engine
