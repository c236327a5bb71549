#include <nlohmann/json.hpp>

#include "transport/soap/soap_test.hpp"

/// Descriptions as they are found, with what the regular ones of tests/data/wsdl do not have.
namespace mih::transport::soap {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Wsdl> of(const std::string& schema) {
  auto wsdl = with_schema(schema);
  EXPECT_TRUE(wsdl) << wsdl.error().detail;
  return wsdl ? *wsdl : nullptr;
}

std::shared_ptr<const Wsdl> of_text(std::string_view text) {
  DocumentSet documents{"http://wsdl.test/a/b.svc?wsdl"};
  const auto added = documents.add("http://wsdl.test/a/b.svc?wsdl", text);
  EXPECT_TRUE(added) << added.error().detail;
  auto wsdl = Wsdl::build(documents);
  EXPECT_TRUE(wsdl) << wsdl.error().detail;
  return wsdl ? *wsdl : nullptr;
}

TEST(OddWsdl, NamesThatXmlDoesNotAllowAreRefused) {
  for (const auto* schema :
       {R"(<element name="]d" type="string"/>)", R"(<element name="a&gt;&lt;b" type="string"/>)",
        R"(<element type="string"/>)", R"(<complexType name="a&quot;b"/>)",
        R"(<complexType name="c"><sequence><element ref="p:e"/></sequence>
                                </complexType>)"}) {
    DocumentSet documents{"http://wsdl.test/a?wsdl"};
    const auto added = documents.add(
        "http://wsdl.test/a?wsdl",
        std::string{R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types>)"} +
            R"(<schema xmlns="http://www.w3.org/2001/XMLSchema">)" + schema +
            "</schema></types></definitions>");
    ASSERT_FALSE(added) << schema;
    EXPECT_THAT(added.error().detail, HasSubstr("which is no name in XML"));
  }
}

TEST(OddWsdl, APartWithoutANameIsRefusedWhereItWouldBeAnElement) {
  const auto added = [](const std::string& part) {
    DocumentSet documents{"http://wsdl.test/a?wsdl"};
    return documents.add("http://wsdl.test/a?wsdl",
                         R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t">
                            <message name="m">)" +
                             part + "</message></definitions>");
  };
  EXPECT_FALSE(added("<part/>"));
  EXPECT_FALSE(added(R"(<part type="t:e"/>)"));
  EXPECT_TRUE(added(R"(<part element="t:e"/>)"));
}

TEST(OddWsdl, AtLeastMoreThanAtMostIsAsManyAsAtLeast) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="a" type="int" minOccurs="2"/></sequence></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"a":[1,2]})"), "<ns1:call><a>1</a><a>2</a></ns1:call>");
  EXPECT_EQ(nlohmann::json::parse(operations_json(*wsdl))["items"][0]["example"],
            nlohmann::json::parse(R"({"a":[1,1]})"));
}

TEST(OddWsdl, OpenContentStandsWhereTheSchemaHasIt) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="a" type="string"/><any processContents="lax"/>
    <element name="b" type="string"/></sequence></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"b":"2","x":{"y":1},"a":"1"})"),
            "<ns1:call><a>1</a><x><y>1</y></x><b>2</b></ns1:call>");
}

TEST(OddWsdl, TheSameNameTwiceInASequence) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="a" type="string"/><element name="b" type="int"/>
    <element name="a" type="string"/></sequence></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"a":["1","2"],"b":3})"),
            "<ns1:call><a>1</a><b>3</b><a>2</a></ns1:call>");
  EXPECT_EQ(answered(*wsdl, "call", "<t:call xmlns:t='urn:t'><a>1</a><b>3</b><a>2</a></t:call>"),
            R"({"a":["1","2"],"b":3})");
}

TEST(OddWsdl, AChoiceOfSequencesAndOfOptionalThings) {
  const auto wsdl = of(R"(<element name="call"><complexType><choice>
    <sequence><element name="id" type="int"/><element name="v" type="string"/></sequence>
    <sequence><element name="name" type="string"/><element name="v" type="string"/></sequence>
    <element name="none" type="string" minOccurs="0"/></choice></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"v":"x","id":1})"), "<ns1:call><id>1</id><v>x</v></ns1:call>");
  EXPECT_EQ(call(*wsdl, "call", R"({"v":"x","name":"n"})"),
            "<ns1:call><name>n</name><v>x</v></ns1:call>");
  EXPECT_EQ(call(*wsdl, "call", "{}"), "<ns1:call></ns1:call>");
  EXPECT_THAT(call(*wsdl, "call", R"({"id":1,"name":"n","v":"x"})"), HasSubstr("argument name"));
}

TEST(OddWsdl, AttributesOfOtherNamespaces) {
  const auto wsdl = of(R"(<import namespace="http://www.w3.org/XML/1998/namespace"/>
    <attribute name="rank" type="int"/>
    <element name="call"><complexType><sequence/>
    <attribute ref="xml:lang"/><attribute ref="t:rank" use="required"/></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"lang":"en","rank":1})"),
            "<ns1:call xml:lang=\"en\" ns1:rank=\"1\"></ns1:call>");
  EXPECT_EQ(answered(*wsdl, "call", "<t:call xmlns:t='urn:t' xml:lang='en' t:rank='1'/>"),
            R"({"lang":"en","rank":1})");
}

TEST(OddWsdl, RestrictionsOfComplexTypesAndOfLists) {
  const auto wsdl = of(R"(<complexType name="base"><sequence>
      <element name="a" type="string"/><element name="b" type="string" minOccurs="0"/></sequence>
      <attribute name="x" type="int"/></complexType>
    <simpleType name="days"><restriction><simpleType><list itemType="t:day"/></simpleType>
      <maxLength value="2"/></restriction></simpleType>
    <simpleType name="day"><restriction base="NMTOKEN"><enumeration value="mon"/>
      <enumeration value="tue"/></restriction></simpleType>
    <element name="call"><complexType><complexContent><restriction base="t:base"><sequence>
      <element name="a" type="t:days"/></sequence></restriction></complexContent></complexType>
    </element>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"a":["mon","tue"],"x":4})"),
            "<ns1:call x=\"4\"><a>mon tue</a></ns1:call>");
  EXPECT_THAT(call(*wsdl, "call", R"({"a":["sun"]})"), HasSubstr("argument a"));
  EXPECT_THAT(call(*wsdl, "call", R"({"a":[],"b":"x"})"), HasSubstr("argument b: is not in"));
  EXPECT_EQ(answered(*wsdl, "call", "<t:call xmlns:t='urn:t' x='4'><a>mon</a></t:call>"),
            R"({"x":4,"a":["mon"]})");
}

TEST(OddWsdl, ElementsWithoutATypeAndOfMissingTypes) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence><element name="any"/>
    <element name="gone" type="t:gone" minOccurs="0"/>
    <element ref="t:nowhere" minOccurs="0"/></sequence></complexType></element>)");
  EXPECT_THAT(call(*wsdl, "call", R"({"any":{"a":[1,2]},"gone":"x"})"),
              HasSubstr("<any><a>1</a><a>2</a></any>"));
  EXPECT_TRUE(nlohmann::json::accept(operations_json(*wsdl)));
}

TEST(OddWsdl, UnqualifiedAndQualifiedElementsByForm) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="a" type="string" form="qualified"/><element name="b" type="string"/>
    <element ref="t:c"/></sequence></complexType></element><element name="c" type="string"/>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"a":"1","b":"2","c":"3"})"),
            "<ns1:call><ns1:a>1</ns1:a><b>2</b><ns1:c>3</ns1:c></ns1:call>");
}

TEST(OddWsdl, DefaultsAndFixedValues) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="v" type="int" default="3"/><element name="f" type="string" fixed="F"/>
    <element name="o" type="int" default="5" minOccurs="0"/></sequence></complexType></element>)");
  EXPECT_EQ(call(*wsdl, "call", "{}"), "<ns1:call><v>3</v><f>F</f></ns1:call>");
}

TEST(OddWsdl, ADataSetOfDotNetComesThrough) {
  EXPECT_THAT(answered(*load("asmx"), "GetCatalogue", R"(
      <GetCatalogueResponse xmlns="http://sis.example/webservices/"><GetCatalogueResult>
        <xs:schema id="d" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="d"/>
          </xs:schema>
        <diffgr:diffgram xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1">
          <d xmlns=""><Course><Id>1</Id></Course><Course><Id>2</Id></Course></d></diffgr:diffgram>
      </GetCatalogueResult></GetCatalogueResponse>)"),
              HasSubstr(R"("Course":[{"Id":"1"},{"Id":"2"}])"));
}

/// All in one namespace, prefixes chosen otherwise, no soapAction, the SOAP port last.
TEST(OddWsdl, SeveralServicesWithOtherPortsFirst) {
  const auto wsdl =
      of_text(R"(<?xml version='1.0'?><definitions xmlns='http://schemas.xmlsoap.org/wsdl/'
      xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' xmlns:h='http://schemas.xmlsoap.org/wsdl/http/'
      xmlns:tns='http://tempuri.org/' xmlns:xs='http://www.w3.org/2001/XMLSchema'
      targetNamespace='http://tempuri.org/'>
    <types><xs:schema targetNamespace='http://tempuri.org/' elementFormDefault='qualified'>
      <xs:element name='Add'><xs:complexType><xs:sequence>
        <xs:element name='intA' type='xs:int'/><xs:element name='intB' type='xs:int'/>
        </xs:sequence></xs:complexType></xs:element>
      <xs:element name='AddResponse'><xs:complexType><xs:sequence>
        <xs:element name='AddResult' type='xs:int'/></xs:sequence></xs:complexType></xs:element>
      </xs:schema></types>
    <message name='AddIn'><part name='parameters' element='tns:Add'/></message>
    <message name='AddOut'><part name='parameters' element='tns:AddResponse'/></message>
    <portType name='Calc'><operation name='Add'><input message='tns:AddIn'/>
      <output message='tns:AddOut'/></operation></portType>
    <binding name='Get' type='tns:Calc'><h:binding verb='GET'/><operation name='Add'/></binding>
    <binding name='Soap' type='tns:Calc'><s:binding transport='http://schemas.xmlsoap.org/soap/http'/>
      <operation name='Add'><s:operation/><input><s:body use='literal'/></input>
        <output><s:body use='literal'/></output></operation></binding>
    <binding name='Jms' type='tns:Calc'><s:binding transport='http://www.w3.org/2010/soapjms/'/>
      <operation name='Add'><s:operation/></operation></binding>
    <service name='First'><port name='Get' binding='tns:Get'><h:address location='/x'/></port>
      <port name='Jms' binding='tns:Jms'><s:address location='jms:x'/></port></service>
    <service name='Second'><port name='Soap' binding='tns:Soap'/></service></definitions>)");
  ASSERT_EQ(wsdl->operations().size(), 1U);
  EXPECT_EQ(wsdl->operations().front().service, "Second");
  EXPECT_EQ(call(*wsdl, "Add", R"({"intB":2,"intA":"1"})"),
            "<ns1:Add><ns1:intA>1</ns1:intA><ns1:intB>2</ns1:intB></ns1:Add>");
  EXPECT_EQ(answered(*wsdl, "Add",
                     "<AddResponse xmlns='http://tempuri.org/'><AddResult>3</AddResult>"
                     "</AddResponse>"),
            R"({"AddResult":3})");
}

/// NuSOAP and gSOAP: rpc/encoded with parts of simple types, arrays of structs, no output parts.
TEST(OddWsdl, RpcEncodedWithStructsAndNothingBack) {
  const auto wsdl = of_text(R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
      xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" xmlns:tns="urn:n"
      xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
      xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:n">
    <types><xsd:schema targetNamespace="urn:n">
      <xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>
      <xsd:complexType name="Person"><xsd:all><xsd:element name="name" type="xsd:string"/>
        <xsd:element name="age" type="xsd:int"/></xsd:all></xsd:complexType>
      <xsd:complexType name="People"><xsd:complexContent><xsd:restriction base="SOAP-ENC:Array">
        <xsd:attribute ref="SOAP-ENC:arrayType" wsdl:arrayType="tns:Person[]"/></xsd:restriction>
        </xsd:complexContent></xsd:complexType></xsd:schema></types>
    <message name="in"><part name="people" type="tns:People"/><part name="on" type="xsd:boolean"/>
      </message><message name="out"/>
    <portType name="P"><operation name="save"><input message="tns:in"/><output message="tns:out"/>
      </operation></portType>
    <binding name="B" type="tns:P"><soap:binding style="rpc"
        transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="save"><soap:operation soapAction="urn:n#save" style="rpc"/>
        <input><soap:body use="encoded" namespace="urn:n"
          encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/></input>
        <output><soap:body use="encoded" namespace="urn:n"/></output></operation></binding>
    <service name="S"><port name="P" binding="tns:B"><soap:address location="http://n.example/"/>
      </port></service></definitions>)");
  const std::string body = call(*wsdl, "save", R"({"people":[{"age":3,"name":"A"}],"on":true})");
  EXPECT_THAT(body, HasSubstr("<people xsi:type=\"enc:Array\" enc:arrayType=\"ns1:Person[1]\">"));
  EXPECT_THAT(body, HasSubstr("<item xsi:type=\"ns1:Person\"><name xsi:type=\"xsd:string\">A</name>"
                              "<age xsi:type=\"xsd:int\">3</age></item>"));
  EXPECT_THAT(body, HasSubstr("<on xsi:type=\"xsd:boolean\">true</on>"));
  EXPECT_EQ(answered(*wsdl, "save", "<n:saveResponse xmlns:n='urn:n'/>"), "{}");
}

TEST(OddWsdl, PartsWithATypeInADocumentBinding) {
  const auto wsdl = of_text(R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
      xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
      targetNamespace="urn:t"><message name="m"><part name="n" type="x:int"/></message>
    <message name="empty"/>
    <portType name="p"><operation name="o"><input message="t:m"/></operation>
      <operation name="e"><input message="t:empty"/></operation></portType>
    <binding name="b" type="t:p"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="o"><input><s:body use="literal"/></input></operation>
      <operation name="e"><input><s:body use="literal"/></input></operation></binding>
    <service name="v"><port name="r" binding="t:b"><s:address location="x"/></port></service>
    </definitions>)");
  EXPECT_EQ(call(*wsdl, "o", R"({"n":4})"), "<n>4</n>");
  EXPECT_EQ(call(*wsdl, "e", ""), "");
  EXPECT_THAT(call(*wsdl, "e", R"({"a":1})"), HasSubstr("takes none"));
}

TEST(OddWsdl, TwoPartsOfOneElementAreOne) {
  const auto wsdl = of_text(R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
      xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
      targetNamespace="urn:t"><types><x:schema targetNamespace="urn:t">
      <x:element name="f" type="x:int"/></x:schema></types>
    <message name="m"><part name="n" type="x:int"/><part name="a" element="t:f"/>
      <part name="b" element="t:f"/></message>
    <portType name="p"><operation name="o"><input message="t:m"/></operation></portType>
    <binding name="b" type="t:p"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="o"><input><s:body use="literal"/></input></operation></binding>
    <service name="v"><port name="r" binding="t:b"><s:address location="x"/></port></service>
    </definitions>)");
  EXPECT_EQ(nlohmann::json::parse(operations_json(*wsdl))["items"][0]["example"],
            nlohmann::json::parse(R"({"n":1,"f":1})"));
}

TEST(OddWsdl, SpaceAroundNamesDoesNotCount) {
  const auto wsdl = of_text(R"(<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
    xmlns:t="urn:t" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t"
    xmlns:x="http://www.w3.org/2001/XMLSchema">
    <message name=" m "><part name="
    n" type=" x:int "/><part name="left" type="x:int"/></message>
    <portType name="p "><operation name=" o"><input name="in" message="t:m"/></operation></portType>
    <binding name=" b" type=" t:p"><s:binding style=" rpc "
      transport=" http://schemas.xmlsoap.org/soap/http"/>
      <operation name="o "><input name=" in"><s:body use=" literal" parts=" n"/></input></operation>
    </binding>
    <service name=" v"><port name=" r " binding="t:b "><s:address location="x"/></port></service>
    </definitions>)");
  EXPECT_EQ(nlohmann::json::parse(operations_json(*wsdl))["items"][0]["example"],
            nlohmann::json::parse(R"({"n":1})"));
  EXPECT_EQ(call(*wsdl, "o", R"({"n":1})"), R"(<ns1:o><n>1</n></ns1:o>)");
}

TEST(OddWsdl, InlineSchemasThatImportEachOtherWithoutALocation) {
  const auto wsdl = of(R"(<element name="call"><complexType><sequence>
    <element name="o" type="u:other" xmlns:u="urn:u"/></sequence></complexType></element></schema>
    <schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u"
      elementFormDefault="qualified"><import namespace="urn:t"/><complexType name="other"><sequence>
      <element name="in" type="int"/></sequence></complexType>)");
  EXPECT_EQ(call(*wsdl, "call", R"({"o":{"in":1}})"),
            "<ns1:call><o><ns2:in>1</ns2:in></o></ns1:call>");
}

TEST(OddWsdl, HostileOnesAreRefusedOrHarmless) {
  const auto refusal = [](const std::string& text) {
    DocumentSet documents{"http://wsdl.test/"};
    const auto added = documents.add("http://wsdl.test/", text);
    if (!added) return added.error().detail;
    const auto built = Wsdl::build(documents);
    return built ? std::string{"accepted"} : built.error().detail;
  };
  EXPECT_THAT(refusal(R"(<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>)"),
              HasSubstr("document type"));
  EXPECT_THAT(refusal(R"(<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>)"),
              HasSubstr("document type"));
  std::string deep;
  for (int i = 0; i < 5000; ++i)
    deep += "<a>";
  EXPECT_THAT(refusal(deep), HasSubstr("deep"));
  std::string many = "<a>";
  for (int i = 0; i < 700'000; ++i)
    many += "<b/>";
  EXPECT_THAT(refusal(many + "</a>"), HasSubstr("elements"));
  EXPECT_THAT(refusal("<a b='" + std::string(17 << 20, 'x') + "'/>"), HasSubstr("larger than"));
  EXPECT_THAT(refusal("<a><b></a>"), HasSubstr("not well-formed"));
  EXPECT_THAT(refusal(std::string{"\0\0\0\0", 4}), HasSubstr(""));
}

TEST(OddWsdl, DocumentsAreLimitedTogether) {
  DocumentSet documents{"http://wsdl.test/"};
  std::string many = R"(<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="u">)";
  for (int i = 0; i < 250'000; ++i)
    many += "<annotation/>";
  many += "</schema>";
  EXPECT_TRUE(documents.add("http://wsdl.test/1", many));
  EXPECT_TRUE(documents.add("http://wsdl.test/2", many));
  EXPECT_FALSE(documents.add("http://wsdl.test/3", many));
}

}  // namespace
}  // namespace mih::transport::soap
