#include "transport/soap/response_reader.hpp"

#include "transport/soap/soap_test.hpp"

namespace mih::transport::soap {
namespace {

using ::testing::HasSubstr;

TEST(ResponseReader, TypesAndArraysFollowTheSchema) {
  EXPECT_EQ(
      answered(*load("asmx"), "EnrolStudent", R"(
      <EnrolStudentResponse xmlns="http://sis.example/webservices/"><EnrolStudentResult>
        <Enrolment><Id>12345678901</Id><Active>1</Active><Note>007</Note><Grade>8.50</Grade>
          </Enrolment>
      </EnrolStudentResult></EnrolStudentResponse>)"),
      R"({"EnrolStudentResult":{"Enrolment":[{"Id":12345678901,"Active":true,"Note":"007","Grade":8.50}]}})");
  EXPECT_EQ(answered(*load("asmx"), "EnrolStudent", R"(
      <EnrolStudentResponse xmlns="http://sis.example/webservices/"><EnrolStudentResult>
        <Enrolment xsi:nil="true"/><Enrolment><Id>1</Id><Active>0</Active><Grade xsi:nil="true"/>
          </Enrolment>
      </EnrolStudentResult></EnrolStudentResponse>)"),
            R"({"EnrolStudentResult":{"Enrolment":[null,{"Id":1,"Active":false,"Grade":null}]}})");
  EXPECT_EQ(answered(*load("asmx"), "EnrolStudent",
                     "<r:EnrolStudentResponse xmlns:r='http://sis.example/webservices/'>"
                     "<r:EnrolStudentResult/></r:EnrolStudentResponse>"),
            R"({"EnrolStudentResult":{"Enrolment":[]}})");
}

TEST(ResponseReader, AnEmptyNumberIsNull) {
  EXPECT_EQ(answered(*load("asmx"), "EnrolStudent", R"(
      <EnrolStudentResponse xmlns="http://sis.example/webservices/"><EnrolStudentResult>
        <Enrolment><Id/><Active></Active><Note/></Enrolment>
      </EnrolStudentResult></EnrolStudentResponse>)"),
            R"({"EnrolStudentResult":{"Enrolment":[{"Id":null,"Active":null,"Note":""}]}})");
}

TEST(ResponseReader, BareBodiesAndAttributes) {
  const auto wsdl = load("bare");
  EXPECT_EQ(answered(*wsdl, "Check", "<IsValid xmlns='urn:bare'> true </IsValid>"),
            R"({"IsValid":true})");
  EXPECT_EQ(answered(*wsdl, "Pay",
                     "<b:Receipt xmlns:b='urn:bare' id='9'><b:total currency='EUR'>9.90</b:total>"
                     "<b:paid>2024-02-18</b:paid></b:Receipt>"),
            R"({"id":9,"total":{"currency":"EUR","_":9.90},"paid":"2024-02-18"})");
  EXPECT_EQ(answered(*wsdl, "Ping", ""), "{}");
}

TEST(ResponseReader, Rpc) {
  const auto wsdl = load("rpc_literal");
  EXPECT_EQ(
      answered(
          *wsdl, "put",
          "<g:putResponse xmlns:g='urn:x'><saved>2</saved><warnings>12</warnings></g:putResponse>"),
      R"({"saved":2,"warnings":"12"})");
  EXPECT_EQ(answered(*wsdl, "put", "<putResponse><return>2</return><more>12</more></putResponse>"),
            R"({"saved":2,"warnings":"12"})");
}

TEST(ResponseReader, FollowsTheReferencesOfSoapEncoding) {
  EXPECT_EQ(answered(*load("axis1"), "addBooks", R"(
      <ns1:addBooksResponse xmlns:ns1="urn:library">
        <addBooksReturn enc:arrayType="ns2:Book[2]" xsi:type="enc:Array"
          xmlns:ns2="http://beans.library.example"><addBooksReturn href="#id0"/><addBooksReturn href="#id0"/></addBooksReturn></ns1:addBooksResponse>
      <multiRef id="id0" enc:root="0" xsi:type="ns3:Book" xmlns:ns3="http://beans.library.example">
        <authors xsi:type="enc:Array" enc:arrayType="xsd:string[1]">
          <authors xsi:type="xsd:string">X</authors></authors>
        <isbn xsi:type="enc:string">1</isbn><pages href="#id1"/>
          <price xsi:type="xsd:double">3.5</price></multiRef>
      <multiRef id="id1" enc:root="0" xsi:type="xsd:int">77</multiRef>)"),
            R"({"addBooksReturn":[{"authors":["X"],"isbn":"1","pages":77,"price":3.5},)"
            R"({"authors":["X"],"isbn":"1","pages":77,"price":3.5}]})");
  EXPECT_EQ(
      answered(*load("axis1"), "count",
               "<countResponse><countReturn xsi:type='xsd:int'>3</countReturn></countResponse>"),
      R"({"countReturn":3})");
}

TEST(ResponseReader, ReferencesInCirclesOrWithoutEndAreCut) {
  const auto wsdl = load("axis1");
  EXPECT_THAT(
      answered(*wsdl, "addBooks",
               "<r><addBooksReturn href='#a'/></r><multiRef id='a'><x href='#a'/></multiRef>"),
      HasSubstr("null"));
  std::string bomb = "<r><addBooksReturn href='#i0'/></r>";
  for (int i = 0; i < 40; ++i) {
    bomb += fmt::format(
        "<multiRef id='i{0}' enc:root='0'><x href='#i{1}'/><x href='#i{1}'/></multiRef>", i, i + 1);
  }
  const auto response = answer(*wsdl, "addBooks", bomb);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().detail, HasSubstr("too complex"));
}

TEST(ResponseReader, MapsAndUntypedValues) {
  const auto wsdl = load("catalogue");
  EXPECT_EQ(answered(*wsdl, "publish", R"(
      <p:publishResponse xmlns:p="http://ws.catalogue.example/"><return kind="node" rev="3"><title>t</title></return>
        <extra><a>1</a><a>2</a><b c="d">x</b></extra>
        <count xsi:type="xsd:int">5</count>
        <m xsi:type="ap:Map" xmlns:ap="http://xml.apache.org/xml-soap"><item><key>k</key><value xsi:type="xsd:boolean">true</value></item></m>
      </p:publishResponse>)"),
            R"({"return":{"kind":"node","rev":3,"title":"t","child":[]},)"
            R"("extra":{"a":["1","2"],"b":{"@c":"d","_":"x"}},"count":5,"m":{"k":true}})");
}

TEST(ResponseReader, DerivedTypesSayWhatTheyAre) {
  EXPECT_EQ(
      answered(*load("crm"), "query", R"(
      <queryResponse xmlns="urn:enterprise.crm.example"><result><done>true</done>
        <records xsi:type="s:Contact" xmlns:s="urn:sobject.enterprise.crm.example">
          <s:Id>003</s:Id><s:LastName>Vega</s:LastName></records>
        <size>1</size></result></queryResponse>)"),
      R"({"result":{"done":true,"records":[{"xsi:type":"Contact","fieldsToNull":[],"Id":"003","LastName":"Vega"}],"size":1}})");
}

TEST(ResponseReader, Faults) {
  const auto eleven = answer(*load("crm"), "create", R"(
      <e:Fault><faultcode>e:Client</faultcode><faultstring>No such type</faultstring>
        <detail><f:InvalidSObjectFault xmlns:f="urn:fault.enterprise.crm.example">
          <f:exceptionCode>INVALID_TYPE</f:exceptionCode><f:row>3</f:row></f:InvalidSObjectFault>
            </detail></e:Fault>)");
  ASSERT_TRUE(eleven && eleven->fault);
  EXPECT_TRUE(eleven->fault->is_sender);
  EXPECT_EQ(
      eleven->json,
      R"({"fault":{"code":"Client","string":"No such type","detail":{"InvalidSObjectFault":{"exceptionCode":"INVALID_TYPE","row":3}}}})");
  EXPECT_EQ(
      describe(*eleven->fault),
      R"(SOAP Fault Client: No such type; detail: {"InvalidSObjectFault":{"exceptionCode":"INVALID_TYPE","row":3}})");

  const auto twelve = answer(*load("sap"), "Z_BOOK_TRAINING", R"(
      <e:Fault><e:Code><e:Value>e:Receiver</e:Value><e:Subcode><e:Value>m:Timeout</e:Value>
        </e:Subcode></e:Code>
        <e:Reason><e:Text xml:lang="en">Busy</e:Text></e:Reason></e:Fault>)");
  ASSERT_TRUE(twelve && twelve->fault);
  EXPECT_FALSE(twelve->fault->is_sender);
  EXPECT_EQ(twelve->json, R"({"fault":{"code":"Receiver.Timeout","string":"Busy","detail":null}})");

  for (const auto& [code, sender] : {std::pair{"e:Server", false}, std::pair{"x:Custom", false},
                                     std::pair{"Client.Auth", true}, std::pair{"", false}}) {
    const auto other = answer(*load("crm"), "query",
                              fmt::format("<e:Fault><faultcode>{}</faultcode></e:Fault>", code));
    ASSERT_TRUE(other && other->fault);
    EXPECT_EQ(other->fault->is_sender, sender) << code;
  }
}

TEST(ResponseReader, WhatIsNoEnvelopeIsAnError) {
  const auto wsdl = load("bare");
  const Operation& operation = *wsdl->find("Check")->front();
  for (const char* bytes : {"", "<html/>", "{}", "<Envelope/>",
                            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>"}) {
    EXPECT_FALSE(read_response(*wsdl, operation, bytes)) << bytes;
  }
}

TEST(ResponseReader, WhatTheSchemaDoesNotKnowGetsThrough) {
  EXPECT_EQ(answered(*load("bare"), "Pay", "<Other xmlns='urn:else'><x>1</x></Other>"),
            R"({"x":"1"})");
  EXPECT_EQ(answered(*load("bare"), "Pay", "<Other>1</Other>"), R"({"Other":"1"})");
}

}  // namespace
}  // namespace mih::transport::soap
