#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "oracle.hpp"
#include "transport/soap/operations.hpp"
#include "transport/soap/request_writer.hpp"
#include "transport/soap/response_reader.hpp"

/// An input is a description, an answer and a payload, with lines "==" between them. A description
/// that does not begin with "<" is the inside of a schema.
namespace {

using namespace mih;
using namespace mih::transport::soap;

constexpr std::string_view kUrl = "http://wsdl.test/a/b?wsdl";
constexpr std::string_view kBefore = R"(
<definitions targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
 xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"><types>
<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">)";
constexpr std::string_view kBehind = R"(</schema></types>
<message name="m"><part name="p" element="t:c"/></message>
<message name="r"><part name="p" type="t:c"/></message>
<portType name="p"><operation name="c"><input message="t:m"/><output message="t:m"/></operation>
<operation name="r"><input message="t:r"/><output message="t:r"/></operation></portType>
<binding name="b" type="t:p"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="c"><soap:operation/><input><soap:body use="literal"/></input>
<output><soap:body use="literal"/></output></operation>
<operation name="r"><soap:operation style="rpc"/><input><soap:body use="encoded"/></input>
<output><soap:body use="encoded"/></output></operation></binding>
<service name="s"><port name="p" binding="t:b"><soap:address location="/"/></port></service>
</definitions>)";

std::array<std::string_view, 3> parts_of(std::string_view text) {
  std::array<std::string_view, 3> parts;
  for (auto& part : parts) {
    const std::size_t end = text.find("\n==\n");
    part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 4);
  }
  return parts;
}

void check_payload(const Wsdl& wsdl, const Operation& operation, std::string_view payload) {
  const auto written = write_request(wsdl, {&operation}, {.payload = payload});
  if (!written) {
    fuzz::require(!written.error().detail.empty(), "a refusal says why", payload);
    return;
  }
  const auto read = XmlDocument::parse(written->xml, {.max_depth = 1000});
  // A description whose namespaces are no URIs gets what it asks for.
  const bool no_uri = !read && read.error().detail.find("not a valid URI") != std::string::npos;
  fuzz::require(read || no_uri, "an envelope is XML", written->xml);
  const auto response = read_response(wsdl, operation, written->xml);
  if (response) fuzz::require_json(response->json, "what is read is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [description, answer, payload] = parts_of({reinterpret_cast<const char*>(data), size});
  std::string whole{description};
  if (!description.starts_with('<')) {
    whole = std::string{kBefore}.append(description).append(kBehind);
  }
  DocumentSet documents{std::string{kUrl}};
  documents.take_wanted();
  if (const auto added = documents.add(std::string{kUrl}, whole); !added) {
    fuzz::require(!added.error().detail.empty(), "a refusal says why", whole);
    return 0;
  }
  const auto wsdl = Wsdl::build(documents);
  if (!wsdl) return 0;
  fuzz::require_json(operations_json(**wsdl), "the operations are JSON");
  std::size_t count = 0;
  for (const Operation& operation : (*wsdl)->operations()) {
    constexpr std::size_t kMostOperations = 4;
    if (++count > kMostOperations) break;
    const std::string example = example_payload(**wsdl, operation);
    fuzz::require_json(example, "an example is JSON");
    check_payload(**wsdl, operation, example);
    check_payload(**wsdl, operation, payload);
    const auto response = read_response(**wsdl, operation, answer);
    if (response) fuzz::require_json(response->json, "an answer is JSON");
  }
  return 0;
}
