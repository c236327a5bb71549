#include "transport/soap/schema.hpp"

#include <algorithm>

#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

/// Longer chains of derivation are cut: a description may have circles in it.
constexpr int kMostBases = 100;

}  // namespace

const Field* Type::field(std::string_view local) const {
  const auto found = std::ranges::find_if(
      fields, [&](const Field& one) { return one.element->target().name.name == local; });
  return found == fields.end() ? nullptr : &*found;
}

const AttributeUse* Type::attribute(std::string_view local) const {
  const auto found = std::ranges::find_if(
      attributes, [&](const AttributeUse& one) { return one.attribute->name.name == local; });
  return found == attributes.end() ? nullptr : &*found;
}

bool Type::derives_from(const Type& other) const {
  if (other.is_any()) return true;
  const Type* at = this;
  for (int i = 0; at && i < kMostBases; ++i, at = at->base) {
    if (at == &other) return true;
  }
  return false;
}

Schema::Schema() {
  for (const Builtin& builtin : builtins()) {
    Type& type = all_types_.emplace_back();
    type.name = {std::string{ns::kXsd}, std::string{builtin.name}};
    type.builtin = &builtin;
    types_.emplace(type.name, &type);
  }
  any_type_ = types_.at({std::string{ns::kXsd}, "anyType"});
  for (Type& type : all_types_) {
    if (type.builtin->is_list) type.item = types_.at({std::string{ns::kXsd}, "token"});
  }
  Type& map = all_types_.emplace_back();
  map.name = {std::string{ns::kApache}, "Map"};
  map.builtin = any_type_->builtin;
  map.is_map = true;
  types_.emplace(map.name, &map);
  for (const std::string_view encoding : {ns::kEncoding11, ns::kEncoding12}) {
    Type& array = all_types_.emplace_back();
    array.name = {std::string{encoding}, "Array"};
    array.is_complex = array.is_array = true;
    array.array_item_type = any_type_;
    types_.emplace(array.name, &array);
  }
}

const Type* Schema::type(const QName& name) const {
  const auto found = types_.find(name);
  if (found != types_.end()) return found->second;
  if (name.ns != ns::kXsd1999 && !ns::is_encoding(name.ns)) return nullptr;
  const auto builtin = types_.find({std::string{ns::kXsd}, name.name});
  return builtin == types_.end() ? nullptr : builtin->second;
}

const ElementDecl* Schema::element(const QName& name) const {
  const auto found = elements_.find(name);
  return found == elements_.end() ? nullptr : found->second;
}

const ElementDecl* Schema::element_by_local(std::string_view local) const {
  const auto [first, last] = elements_by_local_.equal_range(local);
  if (first == last || std::next(first) != last) return nullptr;
  return first->second;
}

void Schema::index_by_local() {
  for (const auto& [name, type] : types_)
    types_by_local_.emplace(name.name, type);
  for (const auto& [name, element] : elements_)
    elements_by_local_.emplace(name.name, element);
}

}  // namespace mih::transport::soap
