#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "transport/soap/wsdl.hpp"

namespace mih::transport::soap {

struct Fault {
  bool is_sender = false;  ///< Client or Sender: the request is at fault
  std::string code;        ///< without its prefix: "Client", "Server.Database", "Receiver"
  std::string text;
  std::string detail_json;  ///< "" = there is none
};

struct Response {
  /// The arguments that came back as a JSON object; of a fault {"fault":{code,string,detail}}.
  std::string json;
  std::optional<Fault> fault;
};

/// Reads an envelope by the schema. What the schema does not know is taken as it comes: a service
/// that says more than its description still gets through. Errors: kValidationFailed when it is no
/// SOAP envelope.
Result<Response> read_response(const Wsdl& wsdl, const Operation& operation,
                               std::string_view bytes);

/// For people: "SOAP Fault Client: unknown course".
std::string describe(const Fault& fault);

}  // namespace mih::transport::soap
