#pragma once

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <memory>
#include <sstream>
#include <string>

#include "transport/soap/names.hpp"
#include "transport/soap/operations.hpp"
#include "transport/soap/request_writer.hpp"
#include "transport/soap/response_reader.hpp"

/// What the tests of the SOAP client share.
namespace mih::transport::soap {

inline constexpr const char* kWsdlFiles[] = {"asmx", "axis1",       "bare", "catalogue",
                                             "crm",  "rpc_literal", "sap",  "wcf"};

inline std::string read_data(const std::string& name) {
  std::ifstream file(std::string{MIH_TEST_DATA "/wsdl/"} + name);
  EXPECT_TRUE(file.is_open()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A description of tests/data/wsdl with all that it imports, as if it were at http://wsdl.test/.
inline Result<std::shared_ptr<const Wsdl>> try_load(const std::string& name) {
  const std::string base = "http://wsdl.test/";
  DocumentSet documents{base + name + ".wsdl"};
  for (auto wanted = documents.take_wanted(); !wanted.empty(); wanted = documents.take_wanted()) {
    for (const std::string& url : wanted) {
      auto added = documents.add(url, read_data(url.substr(base.size())));
      if (!added) return fail(added);
    }
  }
  return Wsdl::build(documents);
}

inline std::shared_ptr<const Wsdl> load(const std::string& name) {
  auto loaded = try_load(name);
  EXPECT_TRUE(loaded) << loaded.error().detail;
  return loaded ? *loaded : nullptr;
}

/// A description with one operation "call" whose input and output are the element "call" of the
/// schema given.
inline Result<std::shared_ptr<const Wsdl>> with_schema(const std::string& content) {
  DocumentSet documents{"http://wsdl.test/"};
  auto added = documents.add("http://wsdl.test/", fmt::format(R"(
<definitions targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
  <types><schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">{}</schema></types>
  <message name="m"><part name="p" element="t:call"/></message>
  <portType name="p"><operation name="call"><input message="t:m"/><output message="t:m"/>
    </operation></portType>
  <binding name="b" type="t:p"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="call"><soap:operation/><input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output></operation></binding>
  <service name="s"><port name="p" binding="t:b"><soap:address location="/"/></port></service>
</definitions>)",
                                                              content));
  if (!added) return fail(added);
  return Wsdl::build(documents);
}

inline Result<std::string> try_call(const Wsdl& wsdl, std::string_view operation,
                                    const Message& message) {
  auto found = wsdl.find(operation);
  if (!found) return fail(found);
  auto envelope = write_request(wsdl, *found, message);
  if (!envelope) return fail(envelope);
  const auto parsed = XmlDocument::parse(envelope->xml);
  EXPECT_TRUE(parsed) << parsed.error().detail << envelope->xml;
  return std::move(envelope->xml);
}

/// What stands between the tags of soap:Body (or soap:Header); the error if it was refused.
inline std::string call(const Wsdl& wsdl, std::string_view operation, const Message& message,
                        const std::string& part = "Body") {
  const auto xml = try_call(wsdl, operation, message);
  if (!xml) return xml.error().detail;
  const std::size_t begin = xml->find("<soap:" + part + ">");
  const std::size_t end = xml->find("</soap:" + part + ">");
  if (begin == std::string::npos) return {};
  return xml->substr(begin + part.size() + 7, end - begin - part.size() - 7);
}

inline std::string call(const Wsdl& wsdl, std::string_view operation, std::string_view payload) {
  return call(wsdl, operation, Message{.payload = payload});
}

/// A response with this body, read.
inline Result<Response> answer(const Wsdl& wsdl, std::string_view operation,
                               const std::string& body) {
  const auto found = wsdl.find(operation);
  EXPECT_TRUE(found);
  const bool is_12 = found->front()->version == SoapVersion::k12;
  return read_response(
      wsdl, *found->front(),
      fmt::format(R"(<e:Envelope xmlns:e="{}" xmlns:xsi="{}" xmlns:xsd="{}" xmlns:enc="{}">
                     <e:Body>{}</e:Body></e:Envelope>)",
                  is_12 ? ns::kEnvelope12 : ns::kEnvelope11, ns::kXsi, ns::kXsd, ns::kEncoding11,
                  body));
}

inline std::string answered(const Wsdl& wsdl, std::string_view operation, const std::string& body) {
  const auto response = answer(wsdl, operation, body);
  return response ? response->json : response.error().detail;
}

}  // namespace mih::transport::soap
