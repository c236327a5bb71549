#include "transport/soap/wsdl.hpp"

#include <nlohmann/json.hpp>

#include "transport/soap/soap_test.hpp"

namespace mih::transport::soap {
namespace {

using ::testing::HasSubstr;

TEST(Wsdl, ReadsDescriptionsOfManyToolkits) {
  for (const char* file : kWsdlFiles) {
    const auto wsdl = load(file);
    ASSERT_NE(wsdl, nullptr) << file;
    EXPECT_FALSE(wsdl->operations().empty()) << file;
  }
}

TEST(Wsdl, TakesTheSoapPortsAndNoOthers) {
  const auto wsdl = load("asmx");
  const auto found = wsdl->find("EnrolStudent");
  ASSERT_TRUE(found);
  const Operation& operation = *found->front();
  EXPECT_EQ(operation.port, "SisSoap");
  EXPECT_EQ(operation.service, "Sis");
  EXPECT_EQ(operation.address, "http://sis.example/sis.asmx");
  EXPECT_EQ(operation.action, "http://sis.example/webservices/EnrolStudent");
  EXPECT_EQ(operation.documentation, "Enrols a student in a course.");
  EXPECT_EQ(operation.version, SoapVersion::k11);
  EXPECT_FALSE(operation.is_one_way);
  EXPECT_EQ(wsdl->find("SisSoap12/EnrolStudent")->front()->version, SoapVersion::k12);
  EXPECT_EQ(wsdl->find("Sis/SisSoap12/EnrolStudent")->front()->version, SoapVersion::k12);
  EXPECT_TRUE(load("rpc_literal")->find("note")->front()->is_one_way);
}

TEST(Wsdl, NamesTheNearestOperation) {
  const auto found = load("asmx")->find("EnrollStudent");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr("\"EnrollStudent\", did you mean \"EnrolStudent\"?"));
  EXPECT_THAT(found.error().detail, HasSubstr("it has EnrolStudent, GetCatalogue"));
  EXPECT_FALSE(load("asmx")->find("SisHttpGet/GetCatalogue"));
}

TEST(Wsdl, SaysWhatIsWrongWithADocument) {
  const auto refusal = [](std::string_view bytes) {
    DocumentSet documents{"http://wsdl.test/"};
    const auto added = documents.add("http://wsdl.test/", bytes);
    if (!added) return added.error().detail;
    const auto built = Wsdl::build(documents);
    return built ? std::string{"accepted"} : built.error().detail;
  };
  EXPECT_THAT(refusal("<html><body/></html>"), HasSubstr("it is no WSDL: its root is <html>"));
  EXPECT_THAT(refusal("<description xmlns='http://www.w3.org/ns/wsdl'/>"), HasSubstr("WSDL 2.0"));
  EXPECT_THAT(refusal("<schema xmlns='http://www.w3.org/2001/XMLSchema'/>"),
              HasSubstr("XML schema"));
  EXPECT_THAT(refusal("<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>"),
              HasSubstr("no service with a port"));
}

TEST(Wsdl, WantsEachDocumentOnce) {
  DocumentSet documents{"http://wsdl.test/a/main.wsdl"};
  EXPECT_EQ(documents.take_wanted(), std::vector<std::string>{"http://wsdl.test/a/main.wsdl"});
  ASSERT_TRUE(documents.add("http://wsdl.test/a/main.wsdl",
                            R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">
    <import namespace="urn:a" location="../b.wsdl?x=1#top"/><import location="../b.wsdl?x=1"/>
    <types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="main.wsdl"/>
      <xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/" schemaLocation="http://far.example/"/>
      <xs:import namespace="urn:f" schemaLocation="file:///etc/passwd"/>
      <xs:import namespace="urn:c" schemaLocation="https://other.example/c.xsd"/></xs:schema></types>
    </definitions>)"));
  EXPECT_EQ(documents.take_wanted(), (std::vector<std::string>{"http://wsdl.test/b.wsdl?x=1",
                                                               "https://other.example/c.xsd"}));
  EXPECT_TRUE(documents.take_wanted().empty());
}

TEST(Wsdl, CirclesInTheSchemaDoNoHarm) {
  const auto wsdl = with_schema(R"(
    <element name="call" type="t:a" substitutionGroup="t:other"/>
    <element name="other" type="t:a" substitutionGroup="t:call"/>
    <complexType name="a"><complexContent><extension base="t:b"><group ref="t:g"/></extension>
      </complexContent></complexType>
    <complexType name="b"><complexContent><extension base="t:a"/></complexContent></complexType>
    <attributeGroup name="x"><attributeGroup ref="t:x"/></attributeGroup>
    <simpleType name="s"><restriction base="t:s"/></simpleType>
    <simpleType name="u"><union memberTypes="t:u"/></simpleType>
    <group name="g"><sequence><element name="v" type="t:u"/></sequence></group>)");
  ASSERT_TRUE(wsdl) << wsdl.error().detail;
  EXPECT_THAT(operations_json(**wsdl), HasSubstr("\"call\""));
}

TEST(Wsdl, WhatWouldGrowWithoutBoundIsRefused) {
  std::string groups;
  for (int i = 0; i < 30; ++i) {
    groups += fmt::format(
        R"(<group name="g{0}"><sequence><group ref="t:g{1}"/><group ref="t:g{1}"/></sequence></group>)",
        i, i + 1);
  }
  const auto wsdl = with_schema(
      groups + R"(<element name="call"><complexType><group ref="t:g0"/></complexType></element>)");
  ASSERT_FALSE(wsdl);
  EXPECT_THAT(wsdl.error().detail, HasSubstr("too complex"));
  EXPECT_FALSE(with_schema(R"(<group name="g"><sequence><group ref="t:g"/></sequence></group>
    <element name="call"><complexType><group ref="t:g"/></complexType></element>)"));
}

TEST(Operations, AreListedWithTheirArguments) {
  const auto listed = nlohmann::json::parse(operations_json(*load("asmx")));
  const auto& operation = listed["items"][0];
  EXPECT_EQ(operation["name"], "EnrolStudent");
  EXPECT_EQ(operation["endpoint"], "EnrolStudent");
  EXPECT_EQ(operation["soap_version"], "1.1");
  EXPECT_EQ(operation["soap_headers"], nlohmann::json({"AuthHeader"}));
  const auto& arguments = operation["arguments"];
  ASSERT_EQ(arguments.size(), 8U);
  EXPECT_EQ(arguments[0], nlohmann::json::parse(
                              R"({"name":"studentId","type":"int","required":true,"enum":[],
                                  "nillable":false,"array":false})"));
  EXPECT_EQ(arguments[1]["required"], false);
  EXPECT_EQ(arguments[5]["nillable"], true);
  EXPECT_EQ(arguments[6]["arguments"][0]["array"], true);
  EXPECT_EQ(arguments[7]["enum"], nlohmann::json({"Student", "Teacher"}));
  EXPECT_EQ(operation["example"]["groups"], nlohmann::json::parse(R"({"string":["text"]})"));
}

TEST(Operations, OfFurtherPortsAreNamedWithThem) {
  const auto listed = nlohmann::json::parse(operations_json(*load("asmx")));
  const auto& items = listed["items"];
  const auto twelve =
      std::ranges::find_if(items, [](const auto& item) { return item["soap_version"] == "1.2"; });
  ASSERT_NE(twelve, items.end());
  EXPECT_EQ((*twelve)["endpoint"], "SisSoap12/EnrolStudent");
}

TEST(Operations, OfSoapEncodingShowArrays) {
  const auto listed = nlohmann::json::parse(operations_json(*load("axis1")));
  const auto& books = listed["items"][0]["arguments"][1];
  EXPECT_EQ(books["array"], true);
  EXPECT_EQ(books["type"], "Book");
  EXPECT_EQ(books["arguments"][0]["name"], "authors");
}

TEST(Operations, EveryExampleCanBeSent) {
  for (const char* file : kWsdlFiles) {
    const auto wsdl = load(file);
    for (const Operation& operation : wsdl->operations()) {
      const std::string example = example_payload(*wsdl, operation);
      EXPECT_TRUE(nlohmann::json::accept(example)) << file << example;
      const auto xml = write_request(*wsdl, {&operation}, {.payload = example});
      EXPECT_TRUE(xml) << file << ": " << operation.name << ": " << xml.error().detail << example;
    }
  }
}

}  // namespace
}  // namespace mih::transport::soap
