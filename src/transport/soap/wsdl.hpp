#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "transport/soap/document_set.hpp"
#include "transport/soap/schema.hpp"

/// WSDL 1.1: the operations of a description, as much as is needed to call them over HTTP.
namespace mih::transport::soap {

enum class SoapVersion : std::uint8_t { k11, k12 };
enum class Style : std::uint8_t { kDocument, kRpc };

/// What stands in a soap:Body. Its arguments are the content of `element`, or, when that is of a
/// simple type, the element itself.
struct Body {
  const ElementDecl* element = nullptr;  ///< null: the body is empty
  bool is_written = true;                ///< false: only its content is, as of several parts
  bool is_encoded = false;               ///< rpc/encoded
};

struct Operation {
  std::string name;
  std::string service;
  std::string port;
  std::string documentation;
  std::string address;  ///< where it is posted to
  SoapVersion version = SoapVersion::k11;
  Style style = Style::kDocument;
  std::string action;
  bool is_one_way = false;
  Body input;
  Body output;
  std::vector<const ElementDecl*> headers;  ///< blocks that the input may have
};

/// A loaded description. Immutable, may be shared by threads.
class Wsdl {
 public:
  /// Errors: kValidationFailed: no operation can be called over HTTP, or it is too complex.
  static Result<std::shared_ptr<const Wsdl>> build(const DocumentSet& documents);

  const std::vector<Operation>& operations() const { return operations_; }
  const Schema& schema() const { return *schema_; }

  /// The operations that `endpoint` can mean: "Operation", "Port/Operation" or
  /// "Service/Port/Operation"; several when it is overloaded. kTemplateInvalid names the nearest.
  Result<std::vector<const Operation*>> find(std::string_view endpoint) const;

 private:
  friend class WsdlReader;
  std::unique_ptr<const Schema> schema_;
  std::deque<ElementDecl> elements_;  ///< bodies that no schema declares: rpc, several parts
  std::deque<Type> types_;
  std::vector<Operation> operations_;
};

}  // namespace mih::transport::soap
