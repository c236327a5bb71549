#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.hpp"
#include "transport/soap/element_writer.hpp"
#include "transport/soap/lexical.hpp"
#include "transport/soap/names.hpp"

/// The part of ElementWriter that fits the members of a JSON object to the content of a type.
namespace mih::transport::soap {
namespace {

constexpr int kMostNesting = 110;

/// The field that holds all items of a type which is only a list ("ArrayOfString"); else null.
const Field* only_list(const Type& type) {
  const bool is_list = type.fields.size() == 1 && type.fields.front().repeated;
  return is_list && type.attributes.empty() ? &type.fields.front() : nullptr;
}

const std::string& name_of(const ElementDecl& element) {
  return element.target().name.name;
}

std::vector<std::string_view> member_names(const Type& type) {
  std::vector<std::string_view> names;
  for (const Field& field : type.fields)
    names.push_back(name_of(*field.element));
  for (const AttributeUse& use : type.attributes)
    names.push_back(use.attribute->name.name);
  return names;
}

/// The names of what a particle can begin with, for "one of a, b is required".
void collect_names(const Particle& particle, std::vector<std::string_view>& names, int depth) {
  constexpr std::size_t kMost = 20;
  if (depth > kMostNesting || names.size() > kMost) return;
  if (particle.element) names.push_back(name_of(*particle.element));
  const auto& inside = particle.group ? particle.group->content : particle.children;
  for (const Particle& child : inside)
    collect_names(child, names, depth + 1);
}

bool may_be_empty(const Particle& particle, int depth) {
  if (particle.least == 0) return true;
  if (particle.element || depth > kMostNesting) return false;
  if (particle.kind == Particle::Kind::kAny) return false;
  const auto& inside = particle.group ? particle.group->content : particle.children;
  const auto empty = [&](const Particle& child) { return may_be_empty(child, depth + 1); };
  return particle.kind == Particle::Kind::kChoice
             ? inside.empty() || std::ranges::any_of(inside, empty)
             : std::ranges::all_of(inside, empty);
}

}  // namespace

bool ElementWriter::read_object(const json::Value& value, Object& object) {
  const Type& type = object.type;
  if (value.is_array()) {
    if (const Field* list = only_list(type)) {
      return take_member(name_of(*list->element), value, object);
    }
    if (value.empty()) return true;  // an empty object, as PHP writes it
  }
  if (!value.is_object()) {
    auto names = member_names(type);
    constexpr std::size_t kMost = 12;
    names.resize(std::min(names.size(), kMost));
    return refuse(object.path, fmt::format("expects an object with {}", fmt::join(names, ", ")));
  }
  bool ok = true;
  value.each_member([&](const json::Value& key, const json::Value& member) {
    ok = ok && take_member(key.as_string(), member, object);
  });
  return ok;
}

bool ElementWriter::take_member(const std::string& name, const json::Value& value, Object& object) {
  const Type& type = object.type;
  if (name == "xsi:type" || name == "@xsi:type") return true;
  if (const Field* field = type.field(name)) {
    Supply& supply = object.fields[name];
    supply = {};
    supply.is_array = field->repeated && value.is_array();
    if (supply.is_array) {
      value.each_element([&](const json::Value& item) { supply.items.push_back(item); });
    } else if (!(field->repeated && value.is_null())) {
      supply.items.push_back(value);
    }
    return true;
  }
  const std::string bare = name.starts_with('@') ? name.substr(1) : name;
  if (type.attribute(bare) || (bare != name && type.any_attribute)) {
    object.attributes.emplace_back(bare, value);
    return true;
  }
  const bool is_text = name == "_" || name == "#text" || name == "$value";
  if (is_text && (type.has_simple_content || type.is_mixed)) {
    object.text = value;
    return true;
  }
  if (type.is_open) {
    object.others.emplace_back(name, value);
    return true;
  }
  return refuse_unknown(name, object);
}

bool ElementWriter::refuse_unknown(const std::string& name, const Object& object) {
  auto names = member_names(object.type);
  const std::string_view near = nearest(name, names);
  std::string why = "is not in the schema";
  if (!near.empty()) why += fmt::format(", did you mean \"{}\"?", near);
  constexpr std::size_t kMost = 30;
  const bool more = names.size() > kMost;
  names.resize(std::min(names.size(), kMost));
  why += names.empty()
             ? "; nothing is expected here"
             : fmt::format("; known here: {}{}", fmt::join(names, ", "), more ? ", ..." : "");
  return refuse(join_path(object.path, name), why);
}

bool ElementWriter::write_attributes(const Object& object) {
  const auto given = [&](const std::string& name) -> const json::Value* {
    for (const auto& [known, value] : object.attributes) {
      if (known == name && !value.is_null()) return &value;
    }
    return nullptr;
  };
  const auto put = [&](const QName& name, std::string_view text) {
    out_ += fmt::format(" {}=\"", prefixes_(name));
    append_xml(out_, text);
    out_.push_back('"');
  };
  for (const AttributeUse& use : object.type.attributes) {
    const std::string& name = use.attribute->name.name;
    const std::string path = join_path(object.path, name);
    if (const json::Value* value = given(name)) {
      const auto text = to_lexical(*use.attribute->type, *value);
      if (!text) return refuse(path, text.error().detail);
      put(use.attribute->name, *text);
    } else if (use.required) {
      const auto& preset = use.preset ? use.preset : use.attribute->preset;
      if (!preset) return refuse(path, "is required and missing (an attribute)");
      put(use.attribute->name, *preset);
    }
  }
  for (const auto& [name, value] : object.attributes) {
    if (object.type.attribute(name) || value.is_null()) continue;
    const auto text = to_lexical(*schema_.type({std::string{ns::kXsd}, "string"}), value);
    if (!is_xml_name(name) || !text) {
      return refuse(join_path(object.path, "@" + name), "cannot be an XML attribute");
    }
    put({"", name}, *text);
  }
  return true;
}

bool ElementWriter::write_children(Object& object) {
  for (const Particle* particle : object.type.particles) {
    if (!write_particle(*particle, object, 0)) return false;
  }
  return write_others(object, kUnbounded) && check_left_over(object);
}

/// Members for xs:any, where it stands; `most` may not be exceeded there.
bool ElementWriter::write_others(Object& object, std::size_t most) {
  for (std::size_t i = 0; i < most && object.others_written < object.others.size(); ++i) {
    const auto& [name, value] = object.others[object.others_written++];
    if (!write_other(name, value, join_path(object.path, name))) return false;
  }
  return true;
}

bool ElementWriter::write_particle(const Particle& particle, Object& object, int depth) {
  if (particle.kind == Particle::Kind::kElement) return write_elements(particle, object);
  if (particle.kind == Particle::Kind::kAny) return write_others(object, particle.most);
  if (depth > kMostNesting) return true;
  for (std::size_t i = 0; i < particle.most; ++i) {
    if (!has_left(particle, object, depth)) {
      // Once is enough to say what is missing, or to write what is always there.
      return particle.least == 0 || i > 0 || write_once(particle, object, depth);
    }
    if (!write_once(particle, object, depth)) return false;
  }
  return true;
}

bool ElementWriter::write_once(const Particle& particle, Object& object, int depth) {
  if (particle.kind == Particle::Kind::kChoice) return write_choice(particle, object, depth);
  const auto& inside = particle.group ? particle.group->content : particle.children;
  return std::ranges::all_of(
      inside, [&](const Particle& child) { return write_particle(child, object, depth + 1); });
}

bool ElementWriter::write_choice(const Particle& particle, Object& object, int depth) {
  const Particle* begun = nullptr;  // an alternative of which something was given, better all
  for (const Particle& child : particle.children) {
    if (!has_left(child, object, depth + 1)) continue;
    if (is_given(child, object, depth + 1)) return write_particle(child, object, depth + 1);
    if (!begun) begun = &child;
  }
  if (begun) return write_particle(*begun, object, depth + 1);
  if (!object.others.empty() || may_be_empty(particle, depth)) return true;
  std::vector<std::string_view> names;
  collect_names(particle, names, depth);
  return refuse(object.path,
                fmt::format("is incomplete: one of {} is required", fmt::join(names, ", ")));
}

/// True if nothing that the particle requires is missing.
bool ElementWriter::is_given(const Particle& particle, const Object& object, int depth) {
  if (particle.least == 0 || particle.kind == Particle::Kind::kAny || depth > kMostNesting) {
    return true;
  }
  if (particle.element) {
    const ElementDecl& target = particle.element->target();
    return target.nillable || target.preset || has_left(particle, object, depth);
  }
  const auto& inside = particle.group ? particle.group->content : particle.children;
  const auto given = [&](const Particle& child) { return is_given(child, object, depth + 1); };
  return particle.kind == Particle::Kind::kChoice
             ? inside.empty() || std::ranges::any_of(inside, given)
             : std::ranges::all_of(inside, given);
}

bool ElementWriter::has_left(const Particle& particle, const Object& object, int depth) {
  if (depth > kMostNesting) return false;
  if (particle.kind == Particle::Kind::kAny) return object.others_written < object.others.size();
  if (particle.element) {
    const ElementDecl& target = particle.element->target();
    const auto has = [&](const ElementDecl& element) {
      const auto found = object.fields.find(name_of(element));
      return found != object.fields.end() && found->second.left() > 0;
    };
    if (has(target)) return true;
    return std::ranges::any_of(target.heirs, [&](const ElementDecl* heir) {
      Particle inner;
      inner.element = heir;
      return has_left(inner, object, depth + 1);
    });
  }
  const auto& inside = particle.group ? particle.group->content : particle.children;
  return std::ranges::any_of(
      inside, [&](const Particle& child) { return has_left(child, object, depth + 1); });
}

bool ElementWriter::write_elements(const Particle& particle, Object& object) {
  const ElementDecl& element = *particle.element;
  std::size_t count = 0;
  if (!write_supply(element, particle.most, particle.least == 0, object, count)) return false;
  if (count >= particle.least) return true;
  if (count == 0) return write_missing(element, object);
  return refuse(join_path(object.path, name_of(element)),
                fmt::format("at least {} items are required", particle.least));
}

/// Writes what was given for the element, or for what may stand in its place.
bool ElementWriter::write_supply(const ElementDecl& element, std::size_t most, bool optional,
                                 Object& object, std::size_t& count) {
  const ElementDecl& target = element.target();
  const auto found = object.fields.find(target.name.name);
  if (found != object.fields.end() && !target.is_abstract) {
    Supply& supply = found->second;
    for (; supply.left() > 0 && count < most; ++supply.next) {
      const json::Value& item = supply.items[supply.next];
      if (item.is_null() && optional && !target.nillable) continue;
      std::string path = join_path(object.path, target.name.name);
      if (supply.is_array) path += fmt::format("[{}]", supply.next);
      if (!write_element(target, item, path, {})) return false;
      ++count;
    }
  }
  return std::ranges::all_of(target.heirs, [&](const ElementDecl* heir) {
    return write_supply(*heir, most, optional, object, count);
  });
}

bool ElementWriter::write_missing(const ElementDecl& element, const Object& object) {
  const ElementDecl& target = element.target();
  if (target.nillable) return write_nil(target);
  if (target.preset && target.type->is_simple()) {
    const std::string tag = prefixes_(target.name);
    out_ += fmt::format("<{}>", tag);
    append_xml(out_, *target.preset);
    out_ += fmt::format("</{}>", tag);
    return true;
  }
  return refuse(join_path(object.path, target.name.name),
                fmt::format("is required and missing ({})", describe_type(*target.type)));
}

bool ElementWriter::check_left_over(const Object& object) {
  for (const auto& [name, supply] : object.fields) {
    if (supply.left() == 0) continue;
    const bool is_nothing =
        std::ranges::all_of(supply.items, [](const json::Value& item) { return item.is_null(); });
    if (is_nothing) continue;
    const std::string path = join_path(object.path, name);
    if (supply.next > 0) return refuse(path, fmt::format("at most {} items fit", supply.next));
    return refuse(path, "cannot be given together with the others: the schema has a choice");
  }
  return true;
}

}  // namespace mih::transport::soap
