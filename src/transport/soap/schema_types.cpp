#include <algorithm>

#include "transport/soap/names.hpp"
#include "transport/soap/schema_reader.hpp"

namespace mih::transport::soap {
namespace {

const Element* schema_child(const Element& at, std::string_view name) {
  const auto found = std::ranges::find_if(at.children, [&](const Element* child) {
    return child->name == name && ns::is_xsd(child->ns);
  });
  return found == at.children.end() ? nullptr : *found;
}

}  // namespace

const Type* SchemaReader::inline_type(const Element& at, const Context& context) {
  const Element* inside = schema_child(at, "complexType");
  if (!inside) inside = schema_child(at, "simpleType");
  if (!inside) return nullptr;
  Type& type = schema_.all_types_.emplace_back();
  read_type(*inside, context, type);
  return &type;
}

void SchemaReader::read_type(const Element& at, const Context& context, Type& type) {
  if (at.name == "simpleType") {
    read_simple(at, context, type);
  } else {
    read_complex(at, context, type);
  }
}

void SchemaReader::read_simple(const Element& at, const Context& context, Type& type) {
  if (const Element* restriction = schema_child(at, "restriction")) {
    read_restriction(*restriction, context, type);
  } else if (const Element* list = schema_child(at, "list")) {
    type.base = schema_.type({std::string{ns::kXsd}, "anySimpleType"});
    type.item = list->find("itemType") ? type_of(*list, list->value("itemType"), context)
                                       : inline_type(*list, context);
    if (!type.item) type.item = type.base;
  } else if (const Element* either = schema_child(at, "union")) {
    type.base = schema_.type({std::string{ns::kXsd}, "anySimpleType"});
    for (const std::string& member : words(either->value("memberTypes")))
      type.one_of.push_back(type_of(*either, member, context));
    for (const Element* child : either->children) {
      if (child->name != "simpleType") continue;
      Type& member = schema_.all_types_.emplace_back();
      read_simple(*child, context, member);
      type.one_of.push_back(&member);
    }
  }
}

/// Of a simple type, or of simple content.
void SchemaReader::read_restriction(const Element& at, const Context& context, Type& type) {
  if (at.find("base")) {
    type.base = type_of(at, at.value("base"), context);
  } else {
    type.base = inline_type(at, context);
  }
  for (const Element* facet : at.children) {
    if (facet->name == "enumeration") type.enumeration.emplace_back(facet->value("value"));
  }
}

void SchemaReader::read_complex(const Element& at, const Context& context, Type& type) {
  type.is_complex = true;
  type.is_abstract = at.value("abstract") == "true" || at.value("abstract") == "1";
  type.is_mixed = at.value("mixed") == "true" || at.value("mixed") == "1";
  if (const Element* simple = schema_child(at, "simpleContent")) {
    type.has_simple_content = true;
    read_derivation(*simple, context, type);
  } else if (const Element* complex = schema_child(at, "complexContent")) {
    type.is_mixed |= complex->value("mixed") == "true";
    read_derivation(*complex, context, type);
  } else {
    read_content(at, context, type);
  }
}

void SchemaReader::read_derivation(const Element& at, const Context& context, Type& type) {
  const Element* extension = schema_child(at, "extension");
  const Element* derivation = extension ? extension : schema_child(at, "restriction");
  if (!derivation) return;
  type.extends = extension != nullptr;
  if (type.has_simple_content) {
    read_restriction(*derivation, context, type);
  } else {
    type.base = type_of(*derivation, derivation->value("base"), context);
  }
  read_content(*derivation, context, type);
  if (type.base && type.base->is_array) read_array(*derivation, context, type);
}

void SchemaReader::read_content(const Element& at, const Context& context, Type& type) {
  type.content = read_particles(at, context);
  read_attributes(at, context, type.own_attributes);
}

/// What the items of a SOAP-encoded array are: wsdl:arrayType says it, or else the one element.
void SchemaReader::read_array(const Element& at, const Context& context, Type& type) {
  type.is_array = true;
  for (const Element* child : at.children) {
    const std::string_view text = child->value("arrayType", ns::kWsdl);
    if (text.empty()) continue;
    const std::size_t bracket = std::min(text.find('['), text.size());
    type.array_depth = static_cast<std::size_t>(std::ranges::count(text, '['));
    type.array_depth = std::clamp<std::size_t>(type.array_depth, 1, 4);
    type.array_item_type = type_of(*child, text.substr(0, bracket), context);
  }
  if (type.array_item_type) return;
  for (const Particle& particle : type.content) {
    if (particle.kind != Particle::Kind::kElement && particle.children.size() != 1) continue;
    const Particle& item =
        particle.kind == Particle::Kind::kElement ? particle : particle.children.front();
    if (item.element) type.array_item_type = item.element->target().type;
  }
}

}  // namespace mih::transport::soap
