#include <algorithm>
#include <set>
#include <unordered_map>

#include "transport/soap/schema_reader.hpp"

namespace mih::transport::soap {
namespace {

constexpr int kMostBases = 100;
constexpr int kMostNesting = 100;
/// What a hostile description could otherwise blow up: groups that use groups that use groups.
constexpr std::size_t kMostParticlesOfType = 50'000;
constexpr std::size_t kMostParticles = 3'000'000;
constexpr std::size_t kMostAttributesOfType = 2000;

/// Collects the child elements of particles as fields; a name that can come twice is repeated.
class FieldList {
 public:
  void add(const Field& field, bool alternatives) {
    const std::string_view name = field.element->target().name.name;
    const auto [at, is_new] = index_.try_emplace(name, fields_.size());
    if (is_new) {
      fields_.push_back(field);
      return;
    }
    Field& known = fields_[at->second];
    known.repeated |= field.repeated || !alternatives;
    known.required &= field.required;
    known.in_choice &= field.in_choice;
  }
  void add(const FieldList& other, bool alternatives) {
    for (const Field& field : other.fields_)
      add(field, alternatives);
  }
  std::vector<Field> take() { return std::move(fields_); }

 private:
  std::vector<Field> fields_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

struct Surroundings {
  bool repeated = false;
  bool required = true;
  bool in_choice = false;
  int depth = 0;
};

}  // namespace

/// Follows bases and groups, so that what reads and writes messages finds everything in the type.
class SchemaFinisher {
 public:
  explicit SchemaFinisher(Schema& schema) : schema_(schema) {}

  Result<void> run() {
    for (Type& type : schema_.all_types_) {
      inherit(type);
      if (!type.is_complex) continue;
      collect_attributes(type);
      if (!collect_fields(type)) {
        return fail(ErrorCode::kValidationFailed,
                    "the schema is too complex: type " + type.name.name +
                        " comes to more elements than can be handled");
      }
    }
    return {};
  }

 private:
  void inherit(Type& type) {
    const Type* at = type.base;
    for (int i = 0; at && i < kMostBases; ++i, at = at->base) {
      if (at->is_array && !type.is_array) {
        type.is_array = true;
        type.array_item_type = at->array_item_type;
        type.array_depth = at->array_depth;
      }
      if (type.is_complex && !type.has_simple_content) continue;
      if (type.enumeration.empty()) type.enumeration = at->enumeration;
      if (!type.item) type.item = at->item;
      if (type.one_of.empty()) type.one_of = at->one_of;
      if (!type.builtin) type.builtin = at->builtin;
    }
    if (type.is_array && !type.array_item_type) type.array_item_type = schema_.any_type_;
    const bool has_text = !type.is_complex || type.has_simple_content;
    if (has_text && !type.builtin) type.builtin = find_builtin("string");
    if (has_text && type.is_complex && type.builtin->lexical == Lexical::kAny) {
      type.builtin = find_builtin("string");
    }
  }

  void collect_attributes(Type& type) {
    std::vector<const Type*> line;
    const Type* at = &type;
    for (int i = 0; at && i < kMostBases; ++i, at = at->base)
      line.push_back(at);
    std::ranges::reverse(line);
    for (const Type* one : line) {
      std::set<const AttributeGroup*> seen;
      add_attributes(type, one->own_attributes, seen, 0);
    }
    std::erase_if(type.attributes, [](const AttributeUse& use) { return use.prohibited; });
  }

  void add_attributes(Type& type, const AttributeGroup& group,
                      std::set<const AttributeGroup*>& seen, int depth) {
    if (depth > kMostNesting || !seen.insert(&group).second) return;
    type.any_attribute |= group.any;
    for (const AttributeUse& use : group.attributes) {
      const auto known = std::ranges::find_if(type.attributes, [&](const AttributeUse& other) {
        return other.attribute->name == use.attribute->name;
      });
      if (known != type.attributes.end()) {
        *known = use;
      } else if (type.attributes.size() < kMostAttributesOfType) {
        type.attributes.push_back(use);
      }
    }
    for (const AttributeGroup* inner : group.groups)
      add_attributes(type, *inner, seen, depth + 1);
  }

  bool collect_fields(Type& type) {
    std::vector<const Type*> line{&type};
    for (int i = 0; line.back()->extends && line.back()->base && i < kMostBases; ++i)
      line.push_back(line.back()->base);
    if (line.back()->is_any() || (line.size() == kMostBases + 1)) type.is_open = true;
    std::ranges::reverse(line);
    visited_ = 0;
    FieldList fields;
    for (const Type* one : line) {
      for (const Particle& particle : one->content) {
        type.particles.push_back(&particle);
        fields.add(fields_of(type, particle, {}), false);
      }
    }
    type.fields = fields.take();
    all_visited_ += visited_;
    return visited_ <= kMostParticlesOfType && all_visited_ <= kMostParticles;
  }

  FieldList fields_of(Type& type, const Particle& particle, Surroundings around) {
    FieldList fields;
    if (++visited_ > kMostParticlesOfType || around.depth > kMostNesting) {
      visited_ = kMostParticlesOfType + 1;
      return fields;
    }
    ++around.depth;
    around.repeated |= particle.most > 1;
    around.required &= particle.least > 0;
    switch (particle.kind) {
      case Particle::Kind::kElement:
        add_element(fields, *particle.element, around);
        break;
      case Particle::Kind::kAny:
        type.is_open = true;
        break;
      case Particle::Kind::kGroup:
        for (const Particle& child : particle.group->content)
          fields.add(fields_of(type, child, around), false);
        break;
      default: {
        const bool choice = particle.kind == Particle::Kind::kChoice;
        around.in_choice |= choice;
        around.required &= !choice || particle.children.size() == 1;
        for (const Particle& child : particle.children)
          fields.add(fields_of(type, child, around), choice);
      }
    }
    return fields;
  }

  /// The element, or what may stand in its place.
  void add_element(FieldList& fields, const ElementDecl& element, const Surroundings& around) {
    const ElementDecl& target = element.target();
    const bool alone = target.heirs.empty();
    if (!target.is_abstract) {
      fields.add({&element, around.repeated, around.required && alone, around.in_choice || !alone},
                 true);
    }
    if (around.depth > kMostNesting) return;
    Surroundings below = around;
    ++below.depth;
    below.in_choice = true;
    below.required = false;
    for (const ElementDecl* heir : target.heirs) {
      if (++visited_ <= kMostParticlesOfType) add_element(fields, *heir, below);
    }
  }

  Schema& schema_;
  std::size_t visited_ = 0;
  std::size_t all_visited_ = 0;
};

Result<std::unique_ptr<const Schema>> Schema::build(const std::vector<SchemaSource>& sources) {
  std::unique_ptr<Schema> schema{new Schema};
  SchemaReader{*schema}.read(sources);
  if (auto finished = SchemaFinisher{*schema}.run(); !finished) return fail(finished);
  schema->index_by_local();
  return schema;
}

}  // namespace mih::transport::soap
