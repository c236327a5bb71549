#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "engine/template.hpp"

namespace mih::engine {

struct Path;

/// JSON text made by the hub itself.
struct OwnJson {
  std::string text;
};

/// What a placeholder stands for in one rendering: nothing (null or missing), a value of the event,
/// or a text or number of the hub's. Those that were made are kept with it.
using Datum =
    std::variant<std::monostate, json::Value, std::string_view, std::int64_t, OwnJson, std::string>;

/// The members of one event that a template uses, found in one pass over the event.
class EventFields {
 public:
  EventFields(const std::vector<std::string>& names, const json::Value& event);
  const std::optional<json::Value>& operator[](std::size_t field) const { return found_[field]; }

 private:
  std::vector<std::optional<json::Value>> found_;
};

/// Where an {{#each}} is.
struct Item {
  json::Value value;
  std::size_t index = 0;
  bool first = false;
  bool last = false;
  std::optional<std::string> key;  ///< in an object
};

/// Total: a path that leads nowhere gives nothing. `item` is of the innermost loop, null outside.
/// Adds to the scope's work what it has looked at.
Datum resolve(const Path& path, const Scope& scope, const EventFields& fields, const Item* item);

/// Bytes of its text or JSON, about.
std::size_t size_of(const Datum& datum);

/// What `if` takes for false: nothing, false, 0, "", "0", an empty array or object.
bool is_false(const Datum& datum);

/// Appends the whole JSON value, in its source spelling; nothing is `null`.
void append_json(std::string& out, const Datum& datum);
/// Appends the inside of a JSON string: texts keep their source spelling, nothing appends nothing,
/// arrays and objects are compact JSON, escaped.
void append_json_text(std::string& out, const Datum& datum);
/// Appends plain UTF-8 text; nothing appends nothing, arrays and objects are compact JSON.
void append_text(std::string& out, const Datum& datum);

/// The value without white space between its tokens; tokens keep their spelling.
std::string compact(std::string_view json);

}  // namespace mih::engine
