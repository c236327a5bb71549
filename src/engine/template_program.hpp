#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/template_filters.hpp"

/// What the source of a template is compiled to: a tree of segments, run from first to last.
namespace mih::engine {

/// What the first name of a placeholder stands for.
enum class Root : std::uint8_t {
  kField,  ///< a member of the event
  kEvent,  ///< the whole event
  kSite,
  kRule,
  kService,
  kDelivery,
  kNow,
  kUser,  ///< looked up, as the three after it; in the order of Enriched
  kRelatedUser,
  kRealUser,
  kCourse,
  kThis,   ///< the item of the innermost {{#each}}
  kIndex,  ///< its position, from 0
  kFirst,
  kLast,
  kKey,  ///< its name in an object; null in an array
};

/// Its place among what is looked up, as in Enriched; empty for other roots.
constexpr std::optional<std::size_t> enriched_of(Root root) {
  if (root < Root::kUser || root > Root::kCourse) return std::nullopt;
  return static_cast<std::size_t>(root) - static_cast<std::size_t>(Root::kUser);
}

/// One step down: a member of an object, and if it is a number an element of an array too.
struct Step {
  std::string name;
  std::optional<std::size_t> index;
};

/// `other.items.0.name`
struct Path {
  Root root = Root::kField;
  std::string name;  ///< of the member of the event, or of the root's own member ("" = all of it)
  std::size_t field = 0;  ///< kField: position among the members of the event that are used
  std::vector<Step> steps;
};

/// `timecreated | iso8601`
struct Expression {
  Path path;
  std::vector<FilterCall> filters;
  std::string source;  ///< as written, for messages
};

struct Segment;
using Program = std::vector<Segment>;

struct Literal {
  std::string text;
};

struct Placeholder {
  Expression expression;
  bool quoted = false;  ///< JSON: inside a string
};

/// `{{#if p}} then {{else}} otherwise {{/if}}`; of `unless` the two are exchanged.
struct Branch {
  Expression condition;
  bool unless = false;
  Program then;
  Program otherwise;
};

/// `{{#each p}} body {{/each}}`
struct Each {
  Expression items;
  Program body;
};

struct Segment {
  std::size_t offset = 0;  ///< in the source, bytes
  std::variant<Literal, Placeholder, Branch, Each> what;
};

/// Calls fn(Expression&) for every expression of a program.
template <class Fn>
void each_expression(Program& program, const Fn& fn) {
  for (Segment& segment : program) {
    if (auto* placeholder = std::get_if<Placeholder>(&segment.what)) {
      fn(placeholder->expression);
    } else if (auto* branch = std::get_if<Branch>(&segment.what)) {
      fn(branch->condition);
      each_expression(branch->then, fn);
      each_expression(branch->otherwise, fn);
    } else if (auto* each = std::get_if<Each>(&segment.what)) {
      fn(each->items);
      each_expression(each->body, fn);
    }
  }
}

}  // namespace mih::engine
