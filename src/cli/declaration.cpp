#include "cli/declaration.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <yaml-cpp/yaml.h>

#include "base/json.hpp"
#include "core/fields.hpp"

namespace mih::cli {
namespace {

constexpr std::string_view kVariable = "env:";
constexpr std::string_view kFile = "file:";
constexpr int kDeepest = 64;

/// What a field takes, as far as YAML must know it: `port: 5` may be text.
enum class Shape : std::uint8_t { kText, kTexts, kOther };

template <class T>
std::map<std::string_view, Shape> shapes(std::span<const core::Field<T>> fields) {
  std::map<std::string_view, Shape> out;
  for (const auto& field : fields) {
    const bool text = std::holds_alternative<std::string T::*>(field.access) ||
                      std::holds_alternative<core::Choice<T>>(field.access);
    const bool texts = std::holds_alternative<std::vector<std::string> T::*>(field.access) ||
                       std::holds_alternative<core::Headers T::*>(field.access);
    out[field.name] = text ? Shape::kText : texts ? Shape::kTexts : Shape::kOther;
  }
  return out;
}

class DeclarationReader {
 public:
  explicit DeclarationReader(const References& references) : references_(references) {}

  Result<Declaration> read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
      return fail(ErrorCode::kConfigInvalid,
                  fmt::format("line {}: it is not YAML: {}", error.mark.line + 1, error.msg));
    }
    if (root.IsNull()) return Declaration{};
    Declaration out;
    if (!root.IsMap()) {
      fault(root, "the file must be a map with services, rules, settings");
    } else {
      each(root, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
        section(out, name, key, value);
      });
    }
    if (faults_.empty()) return out;
    auto detail = faults_.front().field + ": " + faults_.front().message;
    return fail(ErrorCode::kConfigInvalid, std::move(detail), std::move(faults_));
  }

 private:
  static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

  void fault(const YAML::Node& node, std::string message) {
    faults_.push_back({fmt::format("line {}", line_of(node)), std::move(message), line_of(node)});
  }

  /// Calls take(name, key, value) for the members of a map; a name that is there twice is a fault.
  template <class Take>
  void each(const YAML::Node& map, Take take) {
    std::set<std::string> names;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        fault(member.first, "a name must be a text");
        continue;
      }
      const auto& name = member.first.Scalar();
      if (names.insert(name).second) {
        take(name, member.first, member.second);
      } else {
        fault(member.first, fmt::format("\"{}\" is there twice; names are unique", name));
      }
    }
  }

  void section(Declaration& out, const std::string& name, const YAML::Node& key,
               const YAML::Node& value) {
    if (name == "version") {
      if (!value.IsScalar() || value.Scalar() != "1") fault(value, "version must be 1");
      return;
    }
    if (!value.IsMap() && !value.IsNull()) return fault(value, name + " must be a map of names");
    if (name == "services") {
      out.services = items(value, shapes(core::service_fields()));
    } else if (name == "rules") {
      out.rules = items(value, shapes(core::rule_fields()));
    } else if (name == "settings") {
      out.settings = item("", key, value, shapes(core::settings_fields()));
    } else {
      fault(key, fmt::format("unknown section \"{}\"; there are services, rules, settings", name));
    }
  }

  using Shapes = std::map<std::string_view, Shape>;

  std::vector<DeclaredItem> items(const YAML::Node& map, const Shapes& shapes) {
    std::vector<DeclaredItem> out;
    each(map, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      if (name.empty()) return fault(key, "a name must not be empty");
      if (!value.IsMap()) return fault(value, fmt::format("\"{}\" must be a map of fields", name));
      out.push_back(item(name, key, value, shapes));
    });
    return out;
  }

  DeclaredItem item(const std::string& name, const YAML::Node& key, const YAML::Node& map,
                    const Shapes& shapes) {
    DeclaredItem out{.name = name, .line = line_of(key), .lines = {}, .body = {}};
    json::Writer body;
    body.begin_object();
    if (!name.empty()) body.member("name", name);
    each(map, [&](const std::string& field, const YAML::Node& at, const YAML::Node& value) {
      if (field == "name" && !name.empty()) {
        return fault(at, "the name is what stands before the colon; rename it there");
      }
      out.lines[field] = line_of(at);
      const auto shape = shapes.find(field);
      body.key(field);
      write(body, value, shape == shapes.end() ? Shape::kOther : shape->second, 0);
    });
    body.end_object();
    out.body = body.take();
    return out;
  }

  void write(json::Writer& out, const YAML::Node& node, Shape shape, int depth) {
    if (depth > kDeepest) {
      fault(node, "it is nested more than 64 levels deep");
      return out.null();
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return out.null();
      case YAML::NodeType::Scalar:
        return write_scalar(out, node, shape != Shape::kOther);
      case YAML::NodeType::Sequence:
        out.begin_array();
        for (const auto& element : node)
          write(out, element, shape, depth + 1);
        return out.end_array();
      case YAML::NodeType::Map:
        out.begin_object();
        each(node, [&](const std::string& name, const YAML::Node&, const YAML::Node& value) {
          out.key(name);
          write(out, value, shape, depth + 1);
        });
        return out.end_object();
    }
  }

  void write_scalar(json::Writer& out, const YAML::Node& node, bool is_text) {
    auto text = without_references(node.Scalar(), references_);
    if (!text) {
      fault(node, text.error().detail);
      return out.null();
    }
    const bool quoted = node.Tag() == "!";
    json::Document document;
    if (!is_text && !quoted && document.parse(*text) && !document.root().is_string()) {
      return out.raw(*text);
    }
    out.value(*text);
  }

  const References& references_;
  std::vector<FieldError> faults_;
};

Result<std::string> value_of(std::string_view reference, const References& references) {
  if (reference.starts_with(kVariable)) {
    const std::string name{reference.substr(kVariable.size())};
    auto value = references.variable(name);
    if (value) return std::move(*value);
    return fail(
        ErrorCode::kConfigInvalid,
        fmt::format("the environment has no {}; set it, or delete the line to leave what the "
                    "hub has",
                    name));
  }
  const std::string path{reference.substr(kFile.size())};
  auto content = references.file(path);
  if (content) return content;
  return fail(ErrorCode::kConfigInvalid, content.error().detail + "; the file names it");
}

bool is_reference(std::string_view text) {
  return text.starts_with(kVariable) || text.starts_with(kFile);
}

}  // namespace

Result<Declaration> read_declaration(const std::string& text, const References& references) {
  return DeclarationReader{references}.read(text);
}

Result<std::string> without_references(std::string_view text, const References& references) {
  std::string out;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      out += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${") && is_reference(text.substr(2))) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) {
        return fail(ErrorCode::kConfigInvalid, fmt::format("{} has no closing brace", text));
      }
      auto value = value_of(text.substr(2, end - 2), references);
      if (!value) return value;
      out += *value;
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string with_escaped_references(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) out.push_back('$');
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace mih::cli
