#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "transport/soap/schema.hpp"
#include "transport/soap/xml.hpp"

namespace mih::transport::soap {

/// The documents of one description: the WSDL and all that it imports and includes. Says which are
/// still to be fetched; fetching is the caller's.
class DocumentSet {
 public:
  explicit DocumentSet(std::string url);

  const std::string& url() const { return url_; }
  /// The documents that are known of and have not been added, each told once.
  std::vector<std::string> take_wanted();
  /// Errors: kValidationFailed when it is no WSDL or schema, or they are too many or too large
  /// together.
  Result<void> add(const std::string& url, std::string_view bytes);

  struct Definitions {
    const Element* root = nullptr;
    std::string target;
  };
  /// wsdl:definitions, the main one first.
  const std::vector<Definitions>& definitions() const { return definitions_; }
  /// All schemas, those of included documents with the namespace that includes them.
  std::vector<SchemaSource> schemas() const;

 private:
  struct Document {
    XmlDocument xml;
    std::string url;
  };

  void add_definitions(const Element& root, const std::string& url);
  void want_schemas_of(const Element& schema, const std::string& url);
  void want(const std::string& base, std::string_view location);
  void add_schema(std::vector<SchemaSource>& out, const Element& root, const std::string& url,
                  const std::string& includer, int depth) const;

  std::string url_;
  std::map<std::string, std::unique_ptr<Document>> documents_;  ///< null: not added yet
  std::vector<std::string> wanted_;
  std::vector<Definitions> definitions_;
  struct Embedded {
    const Element* root;
    std::string url;
  };
  std::vector<Embedded> embedded_;
  std::size_t bytes_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace mih::transport::soap
