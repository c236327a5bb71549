#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "transport/soap/schema.hpp"
#include "transport/soap/xml.hpp"

namespace mih::transport::soap {

/// Writes elements of a response as JSON by the schema. References of SOAP encoding (href, id) are
/// followed.
class ElementReader {
 public:
  /// `envelope` has the elements that may be referred to.
  ElementReader(const Schema& schema, const Element& envelope, json::Writer& out);

  void write(const Element& element, const Type& type);
  /// As an object, whatever the type says: {} for an empty element.
  void write_object(const Element& element, const Type& type);
  /// Without a type: text, or an object with what is inside.
  void write_untyped(const Element& element);
  /// True if there was so much that it was not written to the end.
  bool is_cut() const { return steps_ > kMostSteps; }

 private:
  static constexpr std::size_t kMostSteps = 2'000'000;
  static constexpr std::size_t kMostBytes = std::size_t{32} << 20U;
  static constexpr int kDeepest = 150;
  using Children = std::vector<const Element*>;

  const Element& followed(const Element& element) const;
  const Type* type_of(const Element& element, const Type* declared) const;
  void write_array(const Element& element, const Type& item, std::size_t depth);
  void write_map(const Element& element);
  bool write_special(const Element& element, const Type& type);
  void write_members(const Element& element, const Type& type);
  void write_type(const Element& element, const Type& type);
  void write_attributes(const Element& element, const Type& type);
  void write_children(const Element& element, const Type& type);
  void write_field(const Field& field, const Children& found);
  bool enter();

  const Schema& schema_;
  json::Writer& out_;
  std::map<std::string, const Element*> ids_;
  std::size_t steps_ = 0;
  int depth_ = 0;
  const Type* declared_ = nullptr;  ///< of the element that is being written
};

/// True if the element is of the multiRef kind that only serves to be referred to.
bool is_referred_only(const Element& element);

}  // namespace mih::transport::soap
