#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "transport/soap/schema.hpp"

namespace mih::transport::soap {

/// Prefixes for the namespaces of one envelope, declared on its root.
class Prefixes {
 public:
  explicit Prefixes(std::string_view envelope);

  /// "ns1:Order"; only the name when it is in no namespace.
  std::string operator()(const QName& name);
  std::string operator()(std::string_view in_ns, std::string_view name);
  /// ` xmlns:ns1="..."` for all that were used.
  std::string declarations() const;

 private:
  const std::string& prefix(std::string_view in_ns);

  std::map<std::string, std::string, std::less<>> prefixes_;
};

/// Writes JSON as elements by the schema. Everything that does not fit is refused, with the path
/// of the argument; what has been written then is of no use.
class ElementWriter {
 public:
  /// `out`, `schema` and `prefixes` outlive the writer. `encoded`: with xsi:type at each element,
  /// arrays as SOAP encoding has them (`encoding` is its namespace).
  ElementWriter(const Schema& schema, Prefixes& prefixes, std::string& out, bool encoded,
                std::string_view encoding);

  /// The element with its content; `attributes` are added to its tag. Errors: kTemplateInvalid.
  Result<void> write(const ElementDecl& element, const json::Value& value, std::string_view path,
                     std::string_view attributes = {});
  /// Only what is inside. Errors: kTemplateInvalid.
  Result<void> write_content(const Type& type, const json::Value& value, std::string_view path);

 private:
  /// What the object gives for one child element.
  struct Supply {
    std::vector<json::Value> items;
    std::size_t next = 0;
    bool is_array = false;
    std::size_t left() const { return items.size() - next; }
  };
  struct Object {
    const Type& type;
    std::string_view path;
    std::unordered_map<std::string, Supply> fields{};
    std::vector<std::pair<std::string, json::Value>> attributes{};
    std::vector<std::pair<std::string, json::Value>> others{};  ///< for xs:any
    std::optional<json::Value> text{};
    std::size_t others_written = 0;
  };

  bool refuse(std::string_view path, std::string_view why);
  bool write_element(const ElementDecl& element, const json::Value& value, std::string_view path,
                     std::string_view attributes);
  bool write_nil(const ElementDecl& element);
  const Type* type_for(const ElementDecl& element, const json::Value& value, std::string_view path);
  bool write_typed(const std::string& tag, const Type& type, const json::Value& value,
                   std::string_view path);
  bool write_text(const Type& type, const json::Value& value, std::string_view path);
  bool write_simple_content(const std::string& tag, const Type& type, const json::Value& value,
                            std::string_view path);
  bool write_object(const std::string& tag, const Type& type, const json::Value& value,
                    std::string_view path);
  bool write_array(const std::string& tag, const Type& item, std::size_t depth,
                   const json::Value& value, std::string_view path);
  bool write_map(const std::string& tag, const json::Value& value, std::string_view path);
  bool write_any(const std::string& tag, const json::Value& value, std::string_view path,
                 bool typed);
  bool write_other(const std::string& name, const json::Value& value, std::string_view path);

  bool read_object(const json::Value& value, Object& object);
  bool take_member(const std::string& name, const json::Value& value, Object& object);
  bool refuse_unknown(const std::string& name, const Object& object);
  bool write_attributes(const Object& object);
  bool write_children(Object& object);
  bool write_others(Object& object, std::size_t most);
  bool write_particle(const Particle& particle, Object& object, int depth);
  bool write_once(const Particle& particle, Object& object, int depth);
  bool write_choice(const Particle& particle, Object& object, int depth);
  bool write_elements(const Particle& particle, Object& object);
  bool write_supply(const ElementDecl& element, std::size_t most, bool optional, Object& object,
                    std::size_t& count);
  bool write_missing(const ElementDecl& element, const Object& object);
  bool check_left_over(const Object& object);
  static bool is_given(const Particle& particle, const Object& object, int depth);
  static bool has_left(const Particle& particle, const Object& object, int depth);

  std::string type_name(const Type& type);

  const Schema& schema_;
  Prefixes& prefixes_;
  std::string& out_;
  const bool encoded_;
  const std::string_view encoding_;
  std::optional<Error> error_;
};

/// "a.b"; "b" when there is nothing before it.
std::string join_path(std::string_view path, std::string_view name);

}  // namespace mih::transport::soap
