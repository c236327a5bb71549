#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the source of a template is compiled to: a program of segments, run from first to last.
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
};

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

struct Literal {
  std::string text;
};

struct Placeholder {
  Path path;
  std::string source;    ///< as written, for messages
  bool quoted = false;   ///< JSON: inside a string
  bool in_path = false;  ///< URL: before the first '?' or '#'
};

struct Segment {
  std::size_t offset = 0;  ///< in the source, bytes
  std::variant<Literal, Placeholder> what;
};

using Program = std::vector<Segment>;

}  // namespace mih::engine
