#include "engine/filter_condition.hpp"

#include <algorithm>

#include "engine/filter.hpp"
#include "engine/path.hpp"

namespace mih::engine {
namespace {

using json::Kind;

template <class... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};

/// Numbers when both are, and at least one is not merely a text.
std::optional<std::strong_ordering> compare_numbers(const Operand& a, const Operand& b) {
  if (a.kind != Kind::kNumber && b.kind != Kind::kNumber) return std::nullopt;
  const auto x = Decimal::parse(a.text);
  const auto y = Decimal::parse(b.text);
  if (!x || !y) return std::nullopt;
  return *x <=> *y;
}

bool is_text_or_number(const Operand& operand) {
  return operand.kind == Kind::kNumber || operand.kind == Kind::kString;
}

/// Empty for values that have no order among each other.
std::optional<std::strong_ordering> order_of(const Operand& a, const Operand& b) {
  if (!is_text_or_number(a) || !is_text_or_number(b)) return std::nullopt;
  if (a.kind == Kind::kString && b.kind == Kind::kString) return a.text <=> b.text;
  return compare_numbers(a, b);
}

Operand operand_at(const std::optional<json::Value>& value) {
  return value ? operand_of(*value) : Operand{};
}

bool same(const Operand& a, const Operand& b) {
  if (is_text_or_number(a) && is_text_or_number(b))
    return order_of(a, b) == std::strong_ordering::equal;
  return a.kind == b.kind && a.text == b.text;
}

bool compares(const Compares& condition, const std::optional<json::Value>& value) {
  if (!value) return false;
  const auto order = order_of(operand_of(*value), condition.with);
  if (!order) return false;
  switch (condition.how) {
    case Comparison::kLess:
      return *order < 0;
    case Comparison::kLessOrEqual:
      return *order <= 0;
    case Comparison::kGreater:
      return *order > 0;
    case Comparison::kGreaterOrEqual:
      return *order >= 0;
  }
  return false;
}

bool tests_text(const TestsText& condition, const std::optional<json::Value>& value) {
  if (!value) return false;
  if (condition.how == TextTest::kContains && value->is_array()) {
    bool found = false;
    value->each_element([&](const json::Value& element) {
      found = found || same(condition.with, operand_of(element));
    });
    return found;
  }
  if (!value->is_string() || condition.with.kind != Kind::kString) return false;
  const std::string text = value->as_string();
  switch (condition.how) {
    case TextTest::kStartsWith:
      return text.starts_with(condition.with.text);
    case TextTest::kEndsWith:
      return text.ends_with(condition.with.text);
    case TextTest::kContains:
      return text.find(condition.with.text) != std::string::npos;
  }
  return false;
}

bool matches_regex(const MatchesRegex& condition, const std::optional<json::Value>& value) {
  return value && value->is_string() &&
         re2::RE2::PartialMatch(value->as_string(), *condition.pattern);
}

}  // namespace

Operand operand_of(const json::Value& literal) {
  if (literal.is_string()) return {Kind::kString, literal.as_string()};
  return {literal.kind(), literal.is_null() ? std::string{} : std::string{literal.raw()}};
}

bool equal(const Operand& operand, const std::optional<json::Value>& value) {
  return same(operand, operand_at(value));
}

std::string key_of(const Operand& operand) {
  if (is_text_or_number(operand)) {
    if (const auto number = Decimal::parse(operand.text)) return "n" + number->canonical();
  }
  return (operand.kind == Kind::kString ? "s" : "j") + operand.text;
}

std::string key_of(const std::optional<json::Value>& value) {
  return key_of(operand_at(value));
}

bool Condition::holds(const json::Value& event) const {
  const auto value = [&] { return value_at(event, path); };
  const auto here = [&](const Condition& condition) { return condition.holds(event); };
  return std::visit(Overloaded{[&](const Equals& c) {
                                 const auto found = value();
                                 return std::ranges::any_of(c.any_of, [&](const Operand& operand) {
                                   return equal(operand, found);
                                 });
                               },
                               [&](const Compares& c) { return compares(c, value()); },
                               [&](const Exists& c) { return value().has_value() == c.wanted; },
                               [&](const TestsText& c) { return tests_text(c, value()); },
                               [&](const MatchesRegex& c) { return matches_regex(c, value()); },
                               [&](const All& c) { return std::ranges::all_of(c.of, here); },
                               [&](const Any& c) { return std::ranges::any_of(c.of, here); },
                               [&](const Not& c) { return !c.of.front().holds(event); }},
                    what);
}

}  // namespace mih::engine
