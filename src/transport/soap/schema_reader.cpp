#include "transport/soap/schema_reader.hpp"

#include <algorithm>
#include <charconv>

#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

bool is_true(std::string_view text) {
  return text == "true" || text == "1";
}

bool is_schema(const Element& at, std::string_view name) {
  return at.name == name && ns::is_xsd(at.ns);
}

std::size_t occurs(const Element& at, std::string_view attribute) {
  const std::string_view text = trimmed(at.value(attribute));
  if (text.empty()) return 1;
  if (text == "unbounded" || text == "*") return kUnbounded;
  std::size_t count = 1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  return read.ec == std::errc::result_out_of_range ? kUnbounded : count;
}

std::optional<std::string> preset_of(const Element& at) {
  if (const std::string* fixed = at.find("fixed")) return *fixed;
  if (const std::string* given = at.find("default")) return *given;
  return std::nullopt;
}

/// Whether a local element or attribute is in the target namespace.
bool is_qualified(const Element& at, bool by_default) {
  const std::string_view form = at.value("form");
  return form.empty() ? by_default : form == "qualified";
}

}  // namespace

void SchemaReader::read(const std::vector<SchemaSource>& sources) {
  for (const SchemaSource& source : sources)
    collect(source);
  for (const auto& [name, place] : types_)
    named_type(name);
  for (const auto& [name, place] : elements_)
    named_element(name);
  work_off();
}

void SchemaReader::collect(const SchemaSource& source) {
  const Element& root = *source.root;
  Context& context = contexts_.emplace_back();
  context.target = source.target;
  context.qualifies_elements = root.value("elementFormDefault") == "qualified";
  context.qualifies_attributes = root.value("attributeFormDefault") == "qualified";
  for (const Element* child : root.children) {
    if (!ns::is_xsd(child->ns)) continue;
    const QName name{context.target, std::string{trimmed(child->value("name"))}};
    if (name.empty()) continue;
    const Place place{child, &context};
    if (child->name == "simpleType" || child->name == "complexType") types_.emplace(name, place);
    if (child->name == "element") elements_.emplace(name, place);
    if (child->name == "attribute") attributes_.emplace(name, place);
    if (child->name == "group") groups_.emplace(name, place);
    if (child->name == "attributeGroup") attribute_groups_.emplace(name, place);
  }
}

void SchemaReader::work_off() {
  while (!work_.empty()) {
    const auto next = std::move(work_.back());
    work_.pop_back();
    next();
  }
}

/// The name that an attribute refers to. A document that was included into a namespace may leave
/// that namespace out.
QName SchemaReader::reference(const Element& at, std::string_view attribute, const Context& context,
                              const Places& places) const {
  QName name = at.resolve(at.value(attribute));
  if (name.ns.empty() && !places.contains(name)) name.ns = context.target;
  return name;
}

const Type* SchemaReader::type_of(const Element& at, std::string_view text,
                                  const Context& context) {
  QName name = at.resolve(text);
  if (const Type* found = named_type(name)) return found;
  if (name.ns.empty()) {
    name.ns = context.target;
    if (const Type* found = named_type(name)) return found;
  }
  return schema_.any_type_;  // its document may be missing; then anything may be there
}

const Type* SchemaReader::named_type(const QName& name) {
  if (const Type* made = schema_.type(name)) return made;
  const auto found = types_.find(name);
  if (found == types_.end()) return nullptr;
  Type& type = schema_.all_types_.emplace_back();
  type.name = name;
  schema_.types_.emplace(name, &type);
  work_.emplace_back(
      [this, &type, place = found->second] { read_type(*place.at, *place.context, type); });
  return &type;
}

const ElementDecl* SchemaReader::named_element(const QName& name) {
  if (const ElementDecl* made = schema_.element(name)) return made;
  const auto found = elements_.find(name);
  if (found == elements_.end()) return nullptr;
  ElementDecl& element = schema_.all_elements_.emplace_back();
  element.name = name;
  element.type = schema_.any_type_;
  schema_.elements_.emplace(name, &element);
  made_elements_.emplace(&element, &element);
  work_.emplace_back([this, &element, place = found->second] {
    read_element(*place.at, *place.context, element, true);
  });
  return &element;
}

const AttributeDecl* SchemaReader::named_attribute(const QName& name) {
  const auto made = made_attributes_.find(name);
  if (made != made_attributes_.end()) return made->second;
  AttributeDecl& attribute = schema_.all_attributes_.emplace_back();
  attribute.name = name;
  attribute.type = schema_.type({std::string{ns::kXsd}, "string"});
  made_attributes_.emplace(name, &attribute);
  const auto found = attributes_.find(name);
  if (found == attributes_.end()) return &attribute;
  work_.emplace_back([this, &attribute, place = found->second] {
    read_attribute(*place.at, *place.context, attribute, true);
  });
  return &attribute;
}

const Group* SchemaReader::named_group(const QName& name) {
  const auto made = made_groups_.find(name);
  if (made != made_groups_.end()) return made->second;
  Group& group = schema_.all_groups_.emplace_back();
  made_groups_.emplace(name, &group);
  const auto found = groups_.find(name);
  if (found == groups_.end()) return &group;
  work_.emplace_back([this, &group, place = found->second] {
    group.content = read_particles(*place.at, *place.context);
  });
  return &group;
}

const AttributeGroup* SchemaReader::named_attribute_group(const QName& name) {
  const auto made = made_attribute_groups_.find(name);
  if (made != made_attribute_groups_.end()) return made->second;
  AttributeGroup& group = schema_.all_attribute_groups_.emplace_back();
  made_attribute_groups_.emplace(name, &group);
  const auto found = attribute_groups_.find(name);
  if (found == attribute_groups_.end()) return &group;
  work_.emplace_back(
      [this, &group, place = found->second] { read_attributes(*place.at, *place.context, group); });
  return &group;
}

void SchemaReader::read_element(const Element& at, const Context& context, ElementDecl& element,
                                bool global) {
  element.type = schema_.any_type_;
  if (!global && at.find("ref")) {
    const QName name = reference(at, "ref", context, elements_);
    element.refers = named_element(name);
    element.name = name;
    return;
  }
  const bool qualified = global || is_qualified(at, context.qualifies_elements);
  element.name = {qualified ? context.target : "", std::string{trimmed(at.value("name"))}};
  element.nillable = is_true(at.value("nillable"));
  element.is_abstract = is_true(at.value("abstract"));
  element.preset = preset_of(at);
  const ElementDecl* head = nullptr;
  if (global && at.find("substitutionGroup")) {
    head = named_element(reference(at, "substitutionGroup", context, elements_));
    if (head && !stands_for(*head, element)) {
      heads_.emplace(&element, head);
      made_elements_.at(head)->heirs.push_back(&element);
    }
  }
  if (at.find("type")) {
    element.type = type_of(at, at.value("type"), context);
  } else if (const Type* type = inline_type(at, context)) {
    element.type = type;
  } else if (head) {
    const Element& written = *elements_.at(head->name).at;
    if (written.find("type")) {
      element.type = type_of(written, written.value("type"), *elements_.at(head->name).context);
    }
  }
}

/// Whether `element` is, or may stand in the place of, `other`; substitution must not go in
/// circles.
bool SchemaReader::stands_for(const ElementDecl& element, const ElementDecl& other) const {
  constexpr int kLongestLine = 50;
  const ElementDecl* at = &element;
  for (int i = 0; i < kLongestLine; ++i) {
    if (at == &other) return true;
    const auto head = heads_.find(at);
    if (head == heads_.end()) return false;
    at = head->second;
  }
  return true;
}

void SchemaReader::read_attribute(const Element& at, const Context& context,
                                  AttributeDecl& attribute, bool global) {
  const bool qualified = global || is_qualified(at, context.qualifies_attributes);
  attribute.name = {qualified ? context.target : "", std::string{trimmed(at.value("name"))}};
  attribute.preset = preset_of(at);
  attribute.type = schema_.type({std::string{ns::kXsd}, "string"});
  if (at.find("type")) {
    attribute.type = type_of(at, at.value("type"), context);
  } else if (const Type* type = inline_type(at, context)) {
    attribute.type = type;
  }
}

void SchemaReader::read_attributes(const Element& at, const Context& context, AttributeGroup& out) {
  for (const Element* child : at.children) {
    if (is_schema(*child, "anyAttribute")) out.any = true;
    if (is_schema(*child, "attributeGroup") && child->find("ref")) {
      out.groups.push_back(
          named_attribute_group(reference(*child, "ref", context, attribute_groups_)));
    }
    if (!is_schema(*child, "attribute")) continue;
    AttributeUse use;
    use.required = child->value("use") == "required";
    use.prohibited = child->value("use") == "prohibited";
    use.preset = preset_of(*child);
    if (child->find("ref")) {
      use.attribute = named_attribute(reference(*child, "ref", context, attributes_));
      if (ns::is_encoding(use.attribute->name.ns)) continue;
    } else {
      AttributeDecl& attribute = schema_.all_attributes_.emplace_back();
      read_attribute(*child, context, attribute, false);
      use.attribute = &attribute;
    }
    out.attributes.push_back(std::move(use));
  }
}

std::vector<Particle> SchemaReader::read_particles(const Element& at, const Context& context) {
  std::vector<Particle> particles;
  for (const Element* child : at.children) {
    Particle particle;
    if (ns::is_xsd(child->ns) && read_particle(*child, context, particle)) {
      particles.push_back(std::move(particle));
    }
  }
  return particles;
}

bool SchemaReader::read_particle(const Element& at, const Context& context, Particle& out) {
  out.least = occurs(at, "minOccurs");
  out.most = occurs(at, "maxOccurs");
  if (out.most == 0) return false;
  out.most = std::max(out.most, out.least);  // a slip: it cannot be meant that nothing fits
  if (at.name == "element") {
    ElementDecl& element = schema_.all_elements_.emplace_back();
    read_element(at, context, element, false);
    out.kind = Particle::Kind::kElement;
    out.element = &element;
    return !element.name.empty();
  }
  if (at.name == "group") {
    out.kind = Particle::Kind::kGroup;
    out.group = named_group(reference(at, "ref", context, groups_));
    return true;
  }
  if (at.name == "any") {
    out.kind = Particle::Kind::kAny;
    return true;
  }
  if (at.name == "sequence") {
    out.kind = Particle::Kind::kSequence;
  } else if (at.name == "choice") {
    out.kind = Particle::Kind::kChoice;
  } else if (at.name == "all") {
    out.kind = Particle::Kind::kAll;
  } else {
    return false;
  }
  out.children = read_particles(at, context);
  return true;
}

}  // namespace mih::transport::soap
