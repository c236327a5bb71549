#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "transport/soap/wsdl.hpp"

namespace mih::transport::soap {

struct Message {
  std::string_view payload;     ///< JSON object with the arguments; "" = none
  std::string_view headers{};   ///< further header blocks: XML, or a JSON object by the schema
  std::string_view security{};  ///< a header block that is XML already
};

/// The envelope of a call. Of several operations of one name the first that the arguments fit.
/// Errors: kTemplateInvalid names the argument and what is wrong with it; nothing may be sent then.
struct Envelope {
  const Operation* operation = nullptr;
  std::string xml;
};
Result<Envelope> write_request(const Wsdl& wsdl, const std::vector<const Operation*>& operations,
                               const Message& message);

}  // namespace mih::transport::soap
