#include "engine/filter.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/nearest.hpp"
#include "engine/datum.hpp"
#include "engine/filter_condition.hpp"

namespace mih::engine {
namespace {

using json::Kind;

constexpr std::int64_t kRegexMemory = 1 << 20;
/// Of all patterns of a filter; each takes a part of a second to compile when it is as large as it
/// may be.
constexpr int kMostInstructions = 200'000;
constexpr std::size_t kMaxIndexedValues = 1000;
constexpr std::array<std::string_view, 15> kOperators{
    "$and", "$contains", "$endsWith", "$eq",  "$exists", "$gt",    "$gte",       "$in",
    "$lt",  "$lte",      "$ne",       "$nin", "$not",    "$regex", "$startsWith"};

std::string list_of_operators() {
  return fmt::format("{}, $or", fmt::join(kOperators, ", "));
}

/// A fault of the filter: where, and what.
struct Fault {
  std::string path;
  std::string message;
};

template <class T>
using Compiled = std::expected<T, Fault>;

class FilterCompiler {
 public:
  Compiled<Condition> object(const json::Value& object, const std::string& at, std::size_t depth) {
    if (!object.is_object()) return fault(at, "must be an object of paths and conditions");
    if (depth > Filter::kMaxDepth) return fault(at, "is nested too deeply");
    All all;
    std::optional<Fault> wrong;
    object.each_member([&](const json::Value& key, const json::Value& value) {
      if (wrong) return;
      auto made = member(key.as_string(), value, at, depth);
      if (made) {
        all.of.push_back(std::move(*made));
      } else {
        wrong = std::move(made.error());
      }
    });
    if (wrong) return std::unexpected(std::move(*wrong));
    return Condition{.path = {}, .source = std::string{object.raw()}, .what = std::move(all)};
  }

 private:
  static std::unexpected<Fault> fault(std::string path, std::string message) {
    return std::unexpected(Fault{std::move(path), std::move(message)});
  }
  static std::string below(const std::string& at, std::string_view name) {
    return at.empty() ? std::string{name} : fmt::format("{}.{}", at, name);
  }

  Compiled<Condition> member(const std::string& name, const json::Value& value,
                             const std::string& at, std::size_t depth) {
    if (++conditions_ > Filter::kMaxConditions) return fault(at, "has over 1000 conditions");
    const auto here = below(at, name);
    auto made =
        name.starts_with('$') ? logical(name, value, here, depth) : field(name, value, here, depth);
    if (made) made->source = fmt::format("{}: {}", json::quoted(name), compact(value.raw()));
    return made;
  }

  /// $and, $or, $not of whole filters.
  Compiled<Condition> logical(const std::string& name, const json::Value& value,
                              const std::string& at, std::size_t depth) {
    if (name == "$not") return negation(object(value, at, depth + 1));
    if (name != "$and" && name != "$or") {
      return fault(at, "is no condition on the event: $and, $or and $not stand here, or a path");
    }
    return several(name, value, at, [&](const json::Value& element, const std::string& here) {
      return object(element, here, depth + 1);
    });
  }

  /// What `make` makes of each element of the list: all of it, or any.
  template <class Make>
  static Compiled<Condition> several(const std::string& name, const json::Value& list,
                                     const std::string& at, Make make) {
    if (!list.is_array() || list.empty()) return fault(at, "must be a list that is not empty");
    std::vector<Condition> parts;
    std::optional<Fault> wrong;
    list.each_element([&](const json::Value& element) {
      if (wrong) return;
      auto made = make(element, below(at, std::to_string(parts.size())));
      if (made) {
        parts.push_back(std::move(*made));
      } else {
        wrong = std::move(made.error());
      }
    });
    if (wrong) return std::unexpected(std::move(*wrong));
    Condition made;
    if (name == "$and") {
      made.what = All{std::move(parts)};
    } else {
      made.what = Any{std::move(parts)};
    }
    return made;
  }

  static Compiled<Condition> negation(Compiled<Condition> inner) {
    if (!inner) return inner;
    Condition made;
    made.what = Not{{std::move(*inner)}};
    return made;
  }

  /// A literal, or an object of operators, for the value at a path.
  Compiled<Condition> field(const std::string& path, const json::Value& value,
                            const std::string& at, std::size_t depth) {
    if (path.empty() || path.front() == '.' || path.back() == '.' ||
        path.find("..") != std::string::npos) {
      return fault(at, "a path is a name, or names and indexes with dots between them");
    }
    if (value.is_array()) return fault(at, "is compared with a list: {\"$in\": [...]} does that");
    if (!value.is_object()) return on_path(path, Equals{{operand_of(value)}});
    if (value.empty()) return fault(at, "has no condition");
    if (depth > Filter::kMaxDepth) return fault(at, "is nested too deeply");
    All all;
    std::optional<Fault> wrong;
    value.each_member([&](const json::Value& key, const json::Value& operand) {
      if (wrong) return;
      const auto name = key.as_string();
      auto made = operation(path, name, operand, below(at, name), depth);
      if (made) {
        all.of.push_back(std::move(*made));
      } else {
        wrong = std::move(made.error());
      }
    });
    if (wrong) return std::unexpected(std::move(*wrong));
    if (all.of.size() == 1) return std::move(all.of.front());
    return Condition{.path = {}, .source = {}, .what = std::move(all)};
  }

  template <class What>
  static Condition on_path(const std::string& path, What what) {
    return Condition{.path = path, .source = {}, .what = std::move(what)};
  }

  Compiled<Condition> operation(const std::string& path, const std::string& name,
                                const json::Value& operand, const std::string& at,
                                std::size_t depth) {
    if (++conditions_ > Filter::kMaxConditions) return fault(at, "has over 1000 conditions");
    if (name == "$eq" || name == "$ne") return equality(path, name == "$eq", operand, at);
    if (name == "$in" || name == "$nin") return membership(path, name == "$in", operand, at);
    if (name == "$exists") {
      if (!operand.is_bool()) return fault(at, "must be true or false");
      return on_path(path, Exists{operand.kind() == Kind::kTrue});
    }
    if (name == "$not") return negation(field(path, operand, at, depth + 1));
    if (name == "$and" || name == "$or") {
      return several(name, operand, at, [&](const json::Value& element, const std::string& here) {
        return field(path, element, here, depth + 1);
      });
    }
    if (name == "$regex") return regex(path, operand, at);
    if (name.starts_with("$g") || name.starts_with("$l")) return order(path, name, operand, at);
    return text(path, name, operand, at);
  }

  static Compiled<Condition> unknown(const std::string& name, const std::string& at) {
    const auto near = nearest(name, kOperators);
    const auto hint = near.empty() ? fmt::format("there are {}", list_of_operators())
                                   : fmt::format("did you mean {}?", near);
    return fault(at, fmt::format("'{}' is no operator; {}", name, hint));
  }

  static bool is_scalar(const json::Value& value) {
    return !value.is_array() && !value.is_object();
  }

  static Compiled<Condition> equality(const std::string& path, bool wanted,
                                      const json::Value& operand, const std::string& at) {
    if (!is_scalar(operand)) return fault(at, "must be a text, a number, true, false or null");
    auto made = on_path(path, Equals{{operand_of(operand)}});
    return wanted ? Compiled<Condition>{std::move(made)} : negation(std::move(made));
  }

  static Compiled<Condition> membership(const std::string& path, bool wanted,
                                        const json::Value& operand, const std::string& at) {
    Equals equals;
    bool scalars = operand.is_array();
    if (scalars) {
      operand.each_element([&](const json::Value& element) {
        scalars = scalars && is_scalar(element);
        equals.any_of.push_back(operand_of(element));
      });
    }
    if (!scalars) return fault(at, "must be a list of texts, numbers, true, false or null");
    auto made = on_path(path, std::move(equals));
    return wanted ? Compiled<Condition>{std::move(made)} : negation(std::move(made));
  }

  static Compiled<Condition> order(const std::string& path, const std::string& name,
                                   const json::Value& operand, const std::string& at) {
    constexpr std::array<std::pair<std::string_view, Comparison>, 4> kOrders{
        {{"$lt", Comparison::kLess},
         {"$lte", Comparison::kLessOrEqual},
         {"$gt", Comparison::kGreater},
         {"$gte", Comparison::kGreaterOrEqual}}};
    const auto* found = std::ranges::find(kOrders, std::string_view{name},
                                          [](const auto& entry) { return entry.first; });
    if (found == kOrders.end()) return unknown(name, at);
    if (!operand.is_number() && !operand.is_string()) {
      return fault(at, "must be a number or a text");
    }
    return on_path(path, Compares{found->second, operand_of(operand)});
  }

  static Compiled<Condition> text(const std::string& path, const std::string& name,
                                  const json::Value& operand, const std::string& at) {
    TestsText made{TextTest::kContains, operand_of(operand)};
    if (name == "$startsWith") {
      made.how = TextTest::kStartsWith;
    } else if (name == "$endsWith") {
      made.how = TextTest::kEndsWith;
    } else if (name != "$contains") {
      return unknown(name, at);
    }
    const bool element = made.how == TextTest::kContains && is_scalar(operand);
    if (!operand.is_string() && !element) return fault(at, "must be a text");
    return on_path(path, std::move(made));
  }

  Compiled<Condition> regex(const std::string& path, const json::Value& operand,
                            const std::string& at) {
    if (!operand.is_string()) return fault(at, "must be a text");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemory);
    auto pattern = std::make_shared<const re2::RE2>(operand.as_string(), options);
    if (!pattern->ok()) {
      return fault(at, fmt::format("is no RE2 pattern: {}", pattern->error()));
    }
    patterns_ += pattern->ProgramSize();
    if (patterns_ > kMostInstructions) {
      return fault(at, "makes the patterns of this filter too large together; make them simpler");
    }
    return on_path(path, MatchesRegex{std::move(pattern)});
  }

  std::size_t conditions_ = 0;
  int patterns_ = 0;  ///< their instructions
};

/// The first of the conditions, all of which must hold, that names values.
std::optional<Discriminator> find_discriminator(const Condition& filter) {
  for (const Condition& condition : std::get<All>(filter.what).of) {
    const auto* equals = std::get_if<Equals>(&condition.what);
    if (!equals || equals->any_of.size() > kMaxIndexedValues) continue;
    Discriminator made{condition.path, {}};
    for (const Operand& operand : equals->any_of)
      made.keys.push_back(key_of(operand));
    std::ranges::sort(made.keys);
    const auto repeats = std::ranges::unique(made.keys);
    made.keys.erase(repeats.begin(), repeats.end());
    return made;
  }
  return std::nullopt;
}

std::unexpected<Error> invalid(const std::string& message) {
  return fail(ErrorCode::kFilterInvalid, "filter: " + message, {{"filter", message}});
}

}  // namespace

struct Filter::Program {
  Condition filter;
  std::optional<Discriminator> discriminator = find_discriminator(filter);
};

Filter::Filter(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

Result<Filter> Filter::compile(std::string_view source) {
  if (source.size() > kMaxBytes) return invalid("is over 64 KiB");
  json::Document document;
  if (const auto parsed = document.parse(source); !parsed) {
    const auto& error = parsed.error();
    return invalid(fmt::format("is not JSON: line {}, column {}: {}", error.line, error.column,
                               error.message));
  }
  if (!document.root().is_object()) return invalid("must be a JSON object of paths and conditions");
  auto made = FilterCompiler{}.object(document.root(), {}, 0);
  if (!made) return invalid(fmt::format("{}: {}", made.error().path, made.error().message));
  return Filter{std::make_shared<const Program>(Program{std::move(*made)})};
}

bool Filter::matches(const json::Value& event) const {
  return program_->filter.holds(event);
}

std::optional<std::string> Filter::unmet(const json::Value& event) const {
  for (const Condition& condition : std::get<All>(program_->filter.what).of) {
    if (!condition.holds(event)) return condition.source;
  }
  return std::nullopt;
}

const std::optional<Discriminator>& Filter::discriminator() const {
  return program_->discriminator;
}

}  // namespace mih::engine
