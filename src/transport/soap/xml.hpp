#pragma once

#include <compare>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

/// XML with namespaces (XML 1.0, Namespaces in XML 1.0), read by libxml2. Document types are
/// refused, and with them entities; nothing is ever fetched; size, depth and number of elements are
/// limited.
namespace mih::transport::soap {

/// A name in its namespace; "" = in none.
struct QName {
  std::string ns;
  std::string name;
  auto operator<=>(const QName&) const = default;
  bool empty() const { return name.empty(); }
};

/// One element, owned by its XmlDocument.
struct Element {
  struct Attribute {
    std::string ns;
    std::string name;
    std::string value;
  };

  std::string ns;
  std::string name;
  std::string text;  ///< its own character data, put together
  std::vector<Attribute> attributes;
  std::vector<std::pair<std::string, std::string>> prefixes;  ///< declared here: prefix, namespace
  std::vector<const Element*> children;
  const Element* parent = nullptr;

  bool is(std::string_view in_ns, std::string_view of_name) const {
    return name == of_name && ns == in_ns;
  }
  QName qname() const { return {ns, name}; }
  /// Null if it is not there.
  const std::string* find(std::string_view attribute, std::string_view in_ns = {}) const;
  /// The attribute's value; "" if it is not there.
  std::string_view value(std::string_view attribute, std::string_view in_ns = {}) const;
  /// The first child of that name; null if there is none.
  const Element* child(std::string_view in_ns, std::string_view of_name) const;
  /// The namespace that a prefix ("" = the default one) stands for here.
  std::optional<std::string_view> namespace_of(std::string_view prefix) const;
  /// A name as it is written in values ("tns:Order"); without a prefix the default namespace holds.
  /// An unknown prefix gives an empty name.
  QName resolve(std::string_view qualified) const;
};

struct XmlLimits {
  std::size_t max_bytes = std::size_t{16} << 20U;
  std::size_t max_depth = 128;
  std::size_t max_elements = 400'000;
};

/// A parsed text. Movable; elements stay where they are.
class XmlDocument {
 public:
  /// Errors: kValidationFailed, says what is wrong and in which line.
  static Result<XmlDocument> parse(std::string_view bytes, const XmlLimits& limits = {});

  const Element& root() const { return elements_->front(); }
  std::size_t size() const { return elements_->size(); }

 private:
  friend class XmlReader;
  std::unique_ptr<std::deque<Element>> elements_ = std::make_unique<std::deque<Element>>();
};

/// Whether an element or attribute can have this name, without a prefix (Namespaces in XML,
/// NCName).
bool is_xml_name(const std::string& name);

/// Text without white space at both ends.
std::string_view trimmed(std::string_view text);
/// The parts of a list: what white space separates.
std::vector<std::string> words(std::string_view text);

/// Appends text or the inside of an attribute, escaped. What XML cannot hold (control characters,
/// bytes that are not UTF-8) becomes U+FFFD.
void append_xml(std::string& out, std::string_view text);

}  // namespace mih::transport::soap
