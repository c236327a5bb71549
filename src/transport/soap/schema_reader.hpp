#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transport/soap/schema.hpp"

namespace mih::transport::soap {

/// Reads schema documents into a Schema. A named thing is made when it is first referred to and
/// read later, from a list: types may refer to each other in circles, and long chains of references
/// do not nest calls.
class SchemaReader {
 public:
  explicit SchemaReader(Schema& schema) : schema_(schema) {}

  void read(const std::vector<SchemaSource>& sources);

 private:
  struct Context {
    std::string target;
    bool qualifies_elements = false;
    bool qualifies_attributes = false;
  };
  /// Where a named thing is written.
  struct Place {
    const Element* at = nullptr;
    const Context* context = nullptr;
  };
  using Places = std::map<QName, Place>;

  void collect(const SchemaSource& source);
  void work_off();

  QName reference(const Element& at, std::string_view attribute, const Context& context,
                  const Places& places) const;
  const Type* type_of(const Element& at, std::string_view text, const Context& context);
  const Type* named_type(const QName& name);
  const ElementDecl* named_element(const QName& name);
  const AttributeDecl* named_attribute(const QName& name);
  const Group* named_group(const QName& name);
  const AttributeGroup* named_attribute_group(const QName& name);

  const Type* inline_type(const Element& at, const Context& context);
  void read_type(const Element& at, const Context& context, Type& type);
  void read_simple(const Element& at, const Context& context, Type& type);
  void read_complex(const Element& at, const Context& context, Type& type);
  void read_derivation(const Element& at, const Context& context, Type& type);
  void read_content(const Element& at, const Context& context, Type& type);
  void read_restriction(const Element& at, const Context& context, Type& type);
  void read_array(const Element& at, const Context& context, Type& type);
  void read_element(const Element& at, const Context& context, ElementDecl& element, bool global);
  bool stands_for(const ElementDecl& element, const ElementDecl& other) const;
  void read_attribute(const Element& at, const Context& context, AttributeDecl& attribute,
                      bool global);
  void read_attributes(const Element& at, const Context& context, AttributeGroup& out);
  std::vector<Particle> read_particles(const Element& at, const Context& context);
  bool read_particle(const Element& at, const Context& context, Particle& out);

  Schema& schema_;
  std::deque<Context> contexts_;
  Places types_;
  Places elements_;
  Places attributes_;
  Places groups_;
  Places attribute_groups_;
  std::map<QName, const AttributeDecl*> made_attributes_;
  std::map<QName, const Group*> made_groups_;
  std::map<QName, const AttributeGroup*> made_attribute_groups_;
  std::map<const ElementDecl*, ElementDecl*> made_elements_;
  std::map<const ElementDecl*, const ElementDecl*> heads_;  ///< of substitution groups
  std::vector<std::function<void()>> work_;
};

}  // namespace mih::transport::soap
