#include "transport/soap/element_reader.hpp"

#include <algorithm>
#include <unordered_map>

#include "transport/soap/lexical.hpp"
#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

bool is_nil(const Element& element) {
  const std::string_view nil = trimmed(element.value("nil", ns::kXsi));
  return nil == "true" || nil == "1";
}

/// The id that an element refers to instead of having a content; "" if it does not.
std::string_view reference(const Element& element) {
  const std::string_view href = element.value("href");
  if (href.starts_with('#') && element.children.empty()) return href.substr(1);
  const std::string_view ref = element.value("ref", ns::kEncoding12);
  return ref.starts_with('#') ? ref.substr(1) : ref;
}

bool is_plumbing(const Element::Attribute& attribute) {
  return attribute.ns == ns::kXsi || ns::is_encoding(attribute.ns) ||
         attribute.ns == ns::kEnvelope11 || attribute.ns == ns::kEnvelope12;
}

void collect_ids(const Element& element, std::map<std::string, const Element*>& ids) {
  const std::string* id = element.find("id");
  if (!id) id = element.find("id", ns::kEncoding12);
  if (id) ids.emplace(*id, &element);
  for (const Element* child : element.children)
    collect_ids(*child, ids);
}

}  // namespace

bool is_referred_only(const Element& element) {
  return element.value("root", ns::kEncoding11) == "0" || element.name == "multiRef";
}

ElementReader::ElementReader(const Schema& schema, const Element& envelope, json::Writer& out)
    : schema_(schema), out_(out) {
  collect_ids(envelope, ids_);
}

const Element& ElementReader::followed(const Element& element) const {
  constexpr int kMostHops = 8;
  const Element* at = &element;
  for (int i = 0; i < kMostHops; ++i) {
    const std::string_view id = reference(*at);
    const auto found = id.empty() ? ids_.end() : ids_.find(std::string{id});
    if (found == ids_.end()) break;
    at = found->second;
  }
  return *at;
}

/// What xsi:type says, if the schema knows it and it can stand for what was declared.
const Type* ElementReader::type_of(const Element& element, const Type* declared) const {
  const std::string* text = element.find("type", ns::kXsi);
  if (!text) return declared;
  const Type* said = schema_.type(element.resolve(*text));
  if (!said || said->is_any()) return declared;
  const bool fits = declared->is_any() || said->derives_from(*declared) ||
                    (declared->is_simple() && said->is_simple() && declared->enumeration.empty());
  return fits ? said : declared;
}

/// False when there is more than can be: then null stands for the rest.
bool ElementReader::enter() {
  if (out_.text().size() > kMostBytes) steps_ = kMostSteps;
  if (++steps_ <= kMostSteps && depth_ < kDeepest) return true;
  out_.null();
  return false;
}

void ElementReader::write(const Element& given, const Type& declared) {
  if (!enter()) return;
  const Element& element = followed(given);
  if (is_nil(element)) return out_.null();
  const Type& type = *type_of(element, &declared);
  ++depth_;
  if (!write_special(element, type)) {
    if (type.is_any()) {
      write_untyped(element);
    } else if (!type.is_complex ||
               (type.has_simple_content && type.attributes.empty() && !type.any_attribute)) {
      write_value(out_, type, element.text);
    } else {
      declared_ = &declared;
      write_members(element, type);
    }
  }
  --depth_;
}

void ElementReader::write_object(const Element& given, const Type& type) {
  const Element& element = followed(given);
  ++depth_;
  declared_ = &type;
  if (type.is_complex && !type.is_array) {
    write_members(element, *type_of(element, &type));
  } else {
    out_.begin_object();
    out_.key(element.name);
    write(element, type);
    out_.end_object();
  }
  --depth_;
}

/// Arrays and maps of SOAP encoding.
bool ElementReader::write_special(const Element& element, const Type& type) {
  const QName said = element.resolve(element.value("type", ns::kXsi));
  if (said.ns == ns::kApache && said.name == "Map") return write_map(element), true;
  const std::string_view array_type = element.value("arrayType", ns::kEncoding11);
  const std::string_view item_type = element.value("itemType", ns::kEncoding12);
  const bool is_array = type.is_array || !array_type.empty() || !item_type.empty() ||
                        (ns::is_encoding(said.ns) && said.name == "Array");
  if (!is_array) return false;
  const Type* item = type.is_array ? type.array_item_type : nullptr;
  std::size_t depth = type.is_array ? type.array_depth : 1;
  if (!item || item->is_any()) {
    const std::string_view text = array_type.empty() ? item_type : array_type;
    item = schema_.type(element.resolve(text.substr(0, text.find('['))));
    depth = std::max<std::size_t>(static_cast<std::size_t>(std::ranges::count(text, '[')), 1);
  }
  write_array(element, item ? *item : schema_.any_type(), depth);
  return true;
}

void ElementReader::write_array(const Element& element, const Type& item, std::size_t depth) {
  out_.begin_array();
  for (const Element* child : element.children) {
    const Element& inner = followed(*child);
    if (depth > 1 && !is_nil(inner) && depth_ < kDeepest) {
      ++depth_;
      write_array(inner, item, depth - 1);
      --depth_;
    } else {
      write(*child, item);
    }
  }
  out_.end_array();
}

/// {key: value} from <item><key/><value/></item>.
void ElementReader::write_map(const Element& element) {
  out_.begin_object();
  for (const Element* item : element.children) {
    const Element& pair = followed(*item);
    const Element* key = pair.child("", "key");
    const Element* value = pair.child("", "value");
    if (!key || !value) continue;
    out_.key(followed(*key).text);
    write(*value, schema_.any_type());
  }
  out_.end_object();
}

void ElementReader::write_members(const Element& element, const Type& type) {
  out_.begin_object();
  write_type(element, type);
  write_attributes(element, type);
  if (type.has_simple_content) {
    out_.key("_");
    write_value(out_, type, element.text);
  } else {
    write_children(element, type);
    if (type.is_mixed && !trimmed(element.text).empty()) out_.member("_", trimmed(element.text));
  }
  out_.end_object();
}

/// Says of which derived type it is, since the members alone may not.
void ElementReader::write_type(const Element& element, const Type& type) {
  const bool derived = declared_ && declared_ != &type && !declared_->is_any() &&
                       element.find("type", ns::kXsi) && declared_->is_complex;
  if (derived) out_.member("xsi:type", type.name.name);
  declared_ = nullptr;
}

void ElementReader::write_attributes(const Element& element, const Type& type) {
  for (const Element::Attribute& attribute : element.attributes) {
    if (is_plumbing(attribute)) continue;
    const AttributeUse* known = type.attribute(attribute.name);
    if (!known && (attribute.name == "id" || attribute.name == "href")) continue;
    out_.key(type.field(attribute.name) || !known ? "@" + attribute.name : attribute.name);
    if (known) {
      write_value(out_, *known->attribute->type, attribute.value);
    } else {
      out_.value(attribute.value);
    }
  }
}

void ElementReader::write_children(const Element& element, const Type& type) {
  std::unordered_map<std::string_view, Children> by_name;
  std::vector<std::string_view> order;
  for (const Element* child : element.children) {
    Children& same = by_name[child->name];
    if (same.empty()) order.push_back(child->name);
    same.push_back(child);
  }
  for (const Field& field : type.fields) {
    const auto found = by_name.find(field.element->target().name.name);
    if (found != by_name.end()) {
      write_field(field, found->second);
      found->second.clear();
    } else if (field.repeated && !field.in_choice) {
      out_.key(field.element->target().name.name);
      out_.begin_array();
      out_.end_array();
    }
  }
  for (const std::string_view name : order) {
    const Children& left = by_name[name];
    if (left.empty()) continue;
    out_.key(name);
    const ElementDecl* known = schema_.element(left.front()->qname());
    const Type& as = known ? *known->target().type : schema_.any_type();
    if (left.size() > 1) out_.begin_array();
    for (const Element* child : left)
      write(*child, as);
    if (left.size() > 1) out_.end_array();
  }
}

void ElementReader::write_field(const Field& field, const Children& found) {
  const ElementDecl& element = field.element->target();
  out_.key(element.name.name);
  const bool array = field.repeated || found.size() > 1;
  if (array) out_.begin_array();
  for (const Element* child : found)
    write(*child, *element.type);
  if (array) out_.end_array();
}

void ElementReader::write_untyped(const Element& element) {
  const bool has_attributes =
      std::ranges::any_of(element.attributes, [](const Element::Attribute& attribute) {
        return !is_plumbing(attribute) && attribute.name != "id" && attribute.name != "href";
      });
  if (element.children.empty() && !has_attributes) return out_.value(element.text);
  out_.begin_object();
  write_attributes(element, schema_.any_type());
  write_children(element, schema_.any_type());
  if (!trimmed(element.text).empty()) out_.member("_", trimmed(element.text));
  out_.end_object();
}

}  // namespace mih::transport::soap
