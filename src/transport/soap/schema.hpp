#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "transport/soap/xml.hpp"

/// XML Schema 1.0 as far as messages need it: what may be in them, in which order, of which type.
namespace mih::transport::soap {

/// How values of a built-in type are written.
enum class Lexical : std::uint8_t {
  kAny,  ///< anyType: anything at all
  kText,
  kBoolean,
  kInteger,
  kDecimal,
  kFloat,
  kDateTime,
  kDate,
  kTime,
  kBase64,
  kHex,
  kQName,
  kToken,  ///< text in which white space at the ends means nothing
};

struct Builtin {
  std::string_view name;  ///< in the namespace of XML Schema
  Lexical lexical = Lexical::kText;
  std::string_view least{};  ///< of integers; "" = no bound
  std::string_view most{};
  bool is_list = false;  ///< IDREFS, ENTITIES, NMTOKENS
};

/// Null if there is none of that name.
const Builtin* find_builtin(std::string_view name);
std::span<const Builtin> builtins();

struct Type;
struct Group;

struct ElementDecl {
  QName name;  ///< as it stands in a message: no namespace if it is unqualified
  const Type* type = nullptr;
  bool nillable = false;
  bool is_abstract = false;
  std::optional<std::string> preset;      ///< default or fixed value
  const ElementDecl* refers = nullptr;    ///< the global element of a `ref`
  std::vector<const ElementDecl*> heirs;  ///< members of its substitution group

  const ElementDecl& target() const { return refers ? *refers : *this; }
};

inline constexpr std::size_t kUnbounded = SIZE_MAX;

struct Particle {
  enum class Kind : std::uint8_t { kElement, kSequence, kChoice, kAll, kGroup, kAny };
  Kind kind = Kind::kSequence;
  std::size_t least = 1;
  std::size_t most = 1;
  const ElementDecl* element = nullptr;  ///< of kElement
  const Group* group = nullptr;          ///< of kGroup
  std::vector<Particle> children;
};

/// A named model group; its content is one particle.
struct Group {
  std::vector<Particle> content;
};

struct AttributeDecl {
  QName name;
  const Type* type = nullptr;
  std::optional<std::string> preset;
};

struct AttributeUse {
  const AttributeDecl* attribute = nullptr;
  bool required = false;
  bool prohibited = false;
  std::optional<std::string> preset;
};

struct AttributeGroup {
  std::vector<AttributeUse> attributes;
  std::vector<const AttributeGroup*> groups;
  bool any = false;
};

/// A child element as JSON sees it: a member of the object.
struct Field {
  const ElementDecl* element = nullptr;
  bool repeated = false;  ///< an array in JSON
  bool required = false;
  bool in_choice = false;
};

struct Type {
  QName name;  ///< empty for an anonymous type
  bool is_complex = false;
  const Type* base = nullptr;
  const Builtin* builtin = nullptr;  ///< of simple types and simple content, once finished

  // Simple types.
  std::vector<std::string> enumeration;
  const Type* item = nullptr;       ///< of a list
  std::vector<const Type*> one_of;  ///< members of a union

  // Complex types.
  bool is_abstract = false;
  bool is_mixed = false;
  bool has_simple_content = false;
  bool extends = false;  ///< its own content comes behind that of the base
  std::vector<Particle> content;
  AttributeGroup own_attributes;

  // SOAP encoding.
  bool is_map = false;  ///< Map of Axis 1 and PHP
  bool is_array = false;
  std::size_t array_depth = 1;  ///< 2 for string[][]
  const Type* array_item_type = nullptr;

  // Once finished.
  std::vector<const Particle*> particles;  ///< content of the bases first
  std::vector<Field> fields;
  std::vector<AttributeUse> attributes;
  bool any_attribute = false;
  bool is_open = false;  ///< has xs:any

  /// Null if there is none of that (local) name.
  const Field* field(std::string_view local) const;
  const AttributeUse* attribute(std::string_view local) const;
  bool derives_from(const Type& other) const;
  bool is_any() const { return builtin != nullptr && builtin->lexical == Lexical::kAny; }
  bool is_simple() const { return !is_complex && !is_any(); }
};

/// A schema document, and the namespace into which an include without one of its own takes it.
struct SchemaSource {
  const Element* root = nullptr;
  std::string target;
};

/// All types and elements of a description. Types are linked by pointers into it.
class Schema {
 public:
  /// The documents must outlive the call only. Errors: kValidationFailed when it is too complex.
  static Result<std::unique_ptr<const Schema>> build(const std::vector<SchemaSource>& sources);

  /// Null if there is none. Built-in types are found too, those of SOAP encoding included.
  const Type* type(const QName& name) const;
  const ElementDecl* element(const QName& name) const;
  /// A global element of that local name, if there is exactly one.
  const ElementDecl* element_by_local(std::string_view local) const;
  const Type& any_type() const { return *any_type_; }
  const std::map<QName, const Type*>& types() const { return types_; }
  /// Calls fn(const Type&) for each named type of that local name.
  template <class Fn>
  void each_type_named(std::string_view local, Fn&& fn) const {
    const auto [first, last] = types_by_local_.equal_range(local);
    for (auto one = first; one != last; ++one)
      fn(*one->second);
  }

 private:
  friend class SchemaReader;
  friend class SchemaFinisher;
  Schema();
  void index_by_local();

  std::deque<Type> all_types_;
  std::deque<ElementDecl> all_elements_;
  std::deque<AttributeDecl> all_attributes_;
  std::deque<Group> all_groups_;
  std::deque<AttributeGroup> all_attribute_groups_;
  std::map<QName, const Type*> types_;
  std::map<QName, const ElementDecl*> elements_;
  std::multimap<std::string_view, const Type*> types_by_local_;
  std::multimap<std::string_view, const ElementDecl*> elements_by_local_;
  const Type* any_type_ = nullptr;
};

}  // namespace mih::transport::soap
