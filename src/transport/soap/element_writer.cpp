#include "transport/soap/element_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "transport/soap/lexical.hpp"
#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

/// The one member that says of which derived type an object is.
std::optional<json::Value> type_member(const json::Value& value) {
  if (!value.is_object()) return std::nullopt;
  for (const char* name : {"xsi:type", "@xsi:type"}) {
    const auto found = value.find(name);
    if (found && found->is_string()) return found;
  }
  return std::nullopt;
}

}  // namespace

std::string join_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string{name} : fmt::format("{}.{}", path, name);
}

Prefixes::Prefixes(std::string_view envelope) {
  prefixes_.emplace(envelope, "soap");
}

const std::string& Prefixes::prefix(std::string_view in_ns) {
  const auto found = prefixes_.find(in_ns);
  if (found != prefixes_.end()) return found->second;
  std::string made = in_ns == ns::kXsi        ? "xsi"
                     : in_ns == ns::kXsd      ? "xsd"
                     : ns::is_encoding(in_ns) ? "enc"
                                              : fmt::format("ns{}", prefixes_.size());
  return prefixes_.emplace(in_ns, std::move(made)).first->second;
}

std::string Prefixes::operator()(const QName& name) {
  return (*this)(name.ns, name.name);
}

std::string Prefixes::operator()(std::string_view in_ns, std::string_view name) {
  if (in_ns.empty()) return std::string{name};
  if (in_ns == ns::kXml) return fmt::format("xml:{}", name);
  return fmt::format("{}:{}", prefix(in_ns), name);
}

std::string Prefixes::declarations() const {
  std::string out;
  for (const auto& [uri, prefix] : prefixes_) {
    out += fmt::format(" xmlns:{}=\"", prefix);
    append_xml(out, uri);
    out.push_back('"');
  }
  return out;
}

ElementWriter::ElementWriter(const Schema& schema, Prefixes& prefixes, std::string& out,
                             bool encoded, std::string_view encoding)
    : schema_(schema), prefixes_(prefixes), out_(out), encoded_(encoded), encoding_(encoding) {}

Result<void> ElementWriter::write(const ElementDecl& element, const json::Value& value,
                                  std::string_view path, std::string_view attributes) {
  if (write_element(element, value, path, attributes)) return {};
  return std::unexpected(std::move(*error_));
}

Result<void> ElementWriter::write_content(const Type& type, const json::Value& value,
                                          std::string_view path) {
  Object object{.type = type, .path = path};
  if (read_object(value, object) && write_children(object)) return {};
  return std::unexpected(std::move(*error_));
}

bool ElementWriter::refuse(std::string_view path, std::string_view why) {
  if (!error_) {
    error_ = Error{ErrorCode::kTemplateInvalid,
                   path.empty() ? fmt::format("the payload {}", why)
                                : fmt::format("argument {}: {}", path, why),
                   {}};
  }
  return false;
}

bool ElementWriter::write_element(const ElementDecl& declared, const json::Value& value,
                                  std::string_view path, std::string_view attributes) {
  const ElementDecl& element = declared.target();
  if (value.is_null()) {
    if (element.nillable || encoded_) return write_nil(element);
    return refuse(path, "is null, but it is required and not nillable");
  }
  const Type* type = type_for(element, value, path);
  if (!type) return false;
  const std::string tag = prefixes_(element.name);
  out_.append("<").append(tag).append(attributes);
  const bool as_map = type->is_map && value.is_object();
  const bool says_itself = (type->is_any() && !as_map) || type->is_array;
  if ((encoded_ || type != element.type) && !says_itself) {
    const std::string name = type_name(*type);
    if (!name.empty()) out_ += fmt::format(" {}=\"{}\"", prefixes_(ns::kXsi, "type"), name);
  }
  return write_typed(tag, *type, value, path);
}

bool ElementWriter::write_nil(const ElementDecl& element) {
  out_ += fmt::format("<{} {}=\"true\"/>", prefixes_(element.name), prefixes_(ns::kXsi, "nil"));
  return true;
}

/// The declared type, or the derived one that the value asks for with "xsi:type".
const Type* ElementWriter::type_for(const ElementDecl& element, const json::Value& value,
                                    std::string_view path) {
  const auto asked = type_member(value);
  if (!asked) {
    if (!element.type->is_abstract) return element.type;
    std::vector<std::string_view> names;
    for (const auto& [name, type] : schema_.types()) {
      if (!type->is_abstract && type->derives_from(*element.type)) names.push_back(name.name);
    }
    refuse(path, fmt::format("is of the abstract type {}: say which with \"xsi:type\", one of {}",
                             element.type->name.name, fmt::join(names, ", ")));
    return nullptr;
  }
  const std::string text = asked->as_string();
  const std::string_view local = std::string_view{text}.substr(text.find(':') + 1);
  const Type* found = nullptr;
  schema_.each_type_named(local, [&](const Type& type) {
    if (!found && !type.is_abstract && type.derives_from(*element.type)) found = &type;
  });
  if (found) return found;
  refuse(path, fmt::format("\"xsi:type\" is {}, which is no type that can stand for {}",
                           asked->raw(), element.type->name.name));
  return nullptr;
}

/// What is behind the name in the start tag: further attributes, content, end tag.
bool ElementWriter::write_typed(const std::string& tag, const Type& type, const json::Value& value,
                                std::string_view path) {
  if (type.is_map && value.is_object()) return write_map(tag, value, path);
  if (type.is_any()) return write_any(tag, value, path, true);
  if (type.is_array) {
    return write_array(tag, *type.array_item_type, type.array_depth, value, path);
  }
  if (type.is_complex && !type.has_simple_content) return write_object(tag, type, value, path);
  if (type.is_complex) return write_simple_content(tag, type, value, path);
  out_.push_back('>');
  if (!write_text(type, value, path)) return false;
  out_.append("</").append(tag).append(">");
  return true;
}

bool ElementWriter::write_text(const Type& type, const json::Value& value, std::string_view path) {
  const auto text = to_lexical(type, value);
  if (!text) return refuse(path, text.error().detail);
  append_xml(out_, *text);
  return true;
}

/// Text with attributes: the text alone, or an object with the text as "_".
bool ElementWriter::write_simple_content(const std::string& tag, const Type& type,
                                         const json::Value& value, std::string_view path) {
  Object object{.type = type, .path = path};
  if (value.is_object()) {
    if (!read_object(value, object)) return false;
    if (!object.text) return refuse(join_path(path, "_"), "is required and missing: the text");
  } else {
    object.text = value;
  }
  if (!write_attributes(object)) return false;
  out_.push_back('>');
  if (!write_text(type, *object.text, path)) return false;
  out_.append("</").append(tag).append(">");
  return true;
}

bool ElementWriter::write_object(const std::string& tag, const Type& type, const json::Value& value,
                                 std::string_view path) {
  Object object{.type = type, .path = path};
  if (!read_object(value, object) || !write_attributes(object)) return false;
  out_.push_back('>');
  if (!write_children(object)) return false;
  if (object.text && !write_text(*schema_.type({std::string{ns::kXsd}, "string"}), *object.text,
                                 join_path(path, "_"))) {
    return false;
  }
  out_.append("</").append(tag).append(">");
  return true;
}

/// An array of SOAP encoding; a member around the items ({"item": [...]}) is let through.
bool ElementWriter::write_array(const std::string& tag, const Type& item, std::size_t depth,
                                const json::Value& given, std::string_view path) {
  json::Value value = given;
  if (value.is_object() && value.size() == 1) {
    value.each_member([&](const json::Value&, const json::Value& inner) { value = inner; });
  }
  if (!value.is_array()) return refuse(path, "expects an array");
  std::string item_name = item.is_any() ? prefixes_(ns::kXsd, "anyType") : type_name(item);
  for (std::size_t i = 1; i < depth; ++i)
    item_name += "[]";
  if (encoding_ == ns::kEncoding12) {
    out_ += fmt::format(" {}=\"{}\" {}=\"{}\">", prefixes_(encoding_, "itemType"), item_name,
                        prefixes_(encoding_, "arraySize"), value.size());
  } else {
    out_ += fmt::format(" {}=\"{}\" {}=\"{}[{}]\">", prefixes_(ns::kXsi, "type"),
                        prefixes_(encoding_, "Array"), prefixes_(encoding_, "arrayType"), item_name,
                        value.size());
  }
  ElementDecl element;
  element.name = {"", "item"};
  element.type = &item;
  std::size_t index = 0;
  bool ok = true;
  value.each_element([&](const json::Value& one) {
    if (!ok) return;
    const std::string place = fmt::format("{}[{}]", path, index++);
    if (depth > 1 && !one.is_null()) {
      out_ += "<item";
      ok = write_array("item", item, depth - 1, one, place);
    } else {
      ok = one.is_null() ? write_nil(element) : write_element(element, one, place, {});
    }
  });
  out_.append("</").append(tag).append(">");
  return ok;
}

/// {key: value} as <item><key/><value/></item>.
bool ElementWriter::write_map(const std::string& tag, const json::Value& value,
                              std::string_view path) {
  const std::string text =
      fmt::format(" {}=\"{}\">", prefixes_(ns::kXsi, "type"), prefixes_(ns::kXsd, "string"));
  out_.push_back('>');
  bool ok = true;
  value.each_member([&](const json::Value& key, const json::Value& item) {
    out_.append("<item><key").append(text);
    append_xml(out_, key.as_string());
    out_ += "</key><value";
    ok = ok && write_any("value", item, join_path(path, key.as_string()), true);
    out_ += "</item>";
  });
  out_.append("</").append(tag).append(">");
  return ok;
}

/// A value without a schema. `typed`: with xsi:type, since the receiver has none either.
bool ElementWriter::write_any(const std::string& tag, const json::Value& value,
                              std::string_view path, bool typed) {
  if (value.is_array() && encoded_) return write_array(tag, schema_.any_type(), 1, value, path);
  if (!value.is_object() && !value.is_array()) {
    if (typed && !value.is_null()) {
      out_ += fmt::format(" {}=\"{}\"", prefixes_(ns::kXsi, "type"),
                          prefixes_(ns::kXsd, fitting_builtin(value)));
    }
    out_.push_back('>');
    const Type& text = *schema_.type({std::string{ns::kXsd}, "string"});
    if (!value.is_null() && !write_text(text, value, path)) return false;
    out_.append("</").append(tag).append(">");
    return true;
  }
  if (encoded_ && value.is_object()) {
    out_ += fmt::format(" {}=\"{}\"", prefixes_(ns::kXsi, "type"), prefixes_(encoding_, "Struct"));
  }
  out_.push_back('>');
  bool ok = true;
  const auto child = [&](const std::string& name, const json::Value& inner) {
    ok = ok && write_other(name, inner, join_path(path, name));
  };
  if (value.is_array()) {
    value.each_element([&](const json::Value& inner) { child("item", inner); });
  } else {
    value.each_member(
        [&](const json::Value& key, const json::Value& inner) { child(key.as_string(), inner); });
  }
  out_.append("</").append(tag).append(">");
  return ok;
}

/// A member that the schema leaves open: by a global element of that name, or as it is.
bool ElementWriter::write_other(const std::string& name, const json::Value& value,
                                std::string_view path) {
  if (!is_xml_name(name)) return refuse(path, "is not a name that an XML element can have");
  if (value.is_array() && !encoded_) {
    bool ok = true;
    value.each_element([&](const json::Value& one) {
      ok = ok && (one.is_array() ? refuse(path, "has an array in an array")
                                 : write_other(name, one, path));
    });
    return ok;
  }
  const ElementDecl* known = encoded_ ? nullptr : schema_.element_by_local(name);
  if (known && !known->is_abstract) return write_element(*known, value, path, {});
  out_.append("<").append(name);
  if (value.is_null()) {
    out_ += fmt::format(" {}=\"true\"/>", prefixes_(ns::kXsi, "nil"));
    return true;
  }
  return write_any(name, value, path, encoded_);
}

std::string ElementWriter::type_name(const Type& type) {
  if (type.is_array && type.name.empty()) return prefixes_(encoding_, "Array");
  if (!type.name.empty()) return prefixes_(type.name);
  return type.builtin ? prefixes_(ns::kXsd, type.builtin->name) : std::string{};
}

}  // namespace mih::transport::soap
