#include "transport/soap/request_writer.hpp"

#include "transport/soap/soap_test.hpp"

namespace mih::transport::soap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kStudent =
    R"({"role":"Student","guest":0,"fee":"12.50","start":1708258939,"studentId":"5","courseCode":"A & B"})";

TEST(RequestWriter, WrapsArgumentsInTheOrderAndFormOfTheSchema) {
  EXPECT_EQ(call(*load("asmx"), "EnrolStudent", kStudent),
            "<ns1:EnrolStudent><ns1:studentId>5</ns1:studentId>"
            "<ns1:courseCode>A &amp; B</ns1:courseCode>"
            "<ns1:start>2024-02-18T12:22:19Z</ns1:start><ns1:fee>12.50</ns1:fee>"
            "<ns1:guest>false</ns1:guest><ns1:until xsi:nil=\"true\"/><ns1:role>Student</ns1:role>"
            "</ns1:EnrolStudent>");
}

TEST(RequestWriter, ThePayloadMayHaveTheWrapperToo) {
  const auto wsdl = load("asmx");
  const std::string plain = call(*wsdl, "EnrolStudent", kStudent);
  EXPECT_EQ(call(*wsdl, "EnrolStudent", fmt::format(R"({{"EnrolStudent":{}}})", kStudent)), plain);
  EXPECT_EQ(call(*wsdl, "EnrolStudent", fmt::format("[{}]", kStudent)), plain);
  EXPECT_EQ(call(*wsdl, "GetCatalogue", ""), "<ns1:GetCatalogue></ns1:GetCatalogue>");
  EXPECT_EQ(call(*wsdl, "GetCatalogue", "[]"), "<ns1:GetCatalogue></ns1:GetCatalogue>");
}

TEST(RequestWriter, TheEnvelopeFollowsTheVersion) {
  const auto wsdl = load("asmx");
  EXPECT_THAT(*try_call(*wsdl, "EnrolStudent", {.payload = kStudent}),
              AllOf(HasSubstr("xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""),
                    HasSubstr("xmlns:ns1=\"http://sis.example/webservices/\"")));
  EXPECT_THAT(*try_call(*wsdl, "SisSoap12/EnrolStudent", {.payload = kStudent}),
              HasSubstr("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""));
}

TEST(RequestWriter, RefusesWhatIsMissingOrUnknownByName) {
  const auto wsdl = load("asmx");
  EXPECT_EQ(call(*wsdl, "EnrolStudent", R"({"studentId":1})"),
            "argument start: is required and missing (dateTime)");
  EXPECT_THAT(call(*wsdl, "EnrolStudent", R"({"studentID":1})"),
              HasSubstr("argument studentID: is not in the schema, did you mean \"studentId\"?"));
  EXPECT_THAT(call(*wsdl, "EnrolStudent", R"({"studentId":null})"),
              HasSubstr("argument studentId: is null, but it is required"));
  EXPECT_THAT(call(*wsdl, "EnrolStudent", R"({"studentId":1.5})"),
              HasSubstr("argument studentId: expects a whole number (int), got 1.5"));
  EXPECT_THAT(call(*wsdl, "EnrolStudent", "5"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(call(*wsdl, "GetCatalogue", R"({"x":1})"), HasSubstr("nothing is expected here"));
  std::string role{kStudent};
  role.replace(role.find("Student"), 7, "Janitor");
  EXPECT_THAT(call(*wsdl, "EnrolStudent", role),
              HasSubstr("argument role: expects one of \"Student\", \"Teacher\", got \"Janitor\""));
  EXPECT_THAT(
      call(*load("sap"), "Z_BOOK_TRAINING",
           R"({"IT_BOOKINGS":{"item":[{"PERNR":"1","AMOUNT":1,"BEGDA":"x"},{"PERNR":"2"}]}})"),
      HasSubstr("argument IT_BOOKINGS.item[1].AMOUNT: is required and missing"));
}

TEST(RequestWriter, ListsMayLeaveOutTheNameOfTheItems) {
  const auto wsdl = load("asmx");
  const auto with_groups = [&](const std::string& groups) {
    std::string payload{kStudent};
    payload.insert(1, "\"groups\":" + groups + ",");
    return call(*wsdl, "EnrolStudent", payload);
  };
  const std::string two =
      "<ns1:groups><ns1:string>a</ns1:string><ns1:string>b</ns1:string></ns1:groups>";
  EXPECT_THAT(with_groups(R"({"string":["a","b"]})"), HasSubstr(two));
  EXPECT_THAT(with_groups(R"(["a","b"])"), HasSubstr(two));
  EXPECT_THAT(with_groups(R"({"string":"a"})"),
              HasSubstr("<ns1:string>a</ns1:string></ns1:groups>"));
  EXPECT_THAT(with_groups(R"(["a",null])"), HasSubstr("<ns1:string xsi:nil=\"true\"/>"));
  EXPECT_THAT(with_groups("null"), Not(HasSubstr("groups")));
}

TEST(RequestWriter, UnqualifiedElementsHaveNoNamespace) {
  EXPECT_EQ(call(*load("sap"), "Z_BOOK_TRAINING",
                 R"({"IT_BOOKINGS":[{"PERNR":"1","AMOUNT":1e2,"BEGDA":"2024-01-01"}]})"),
            "<ns1:Z_BOOK_TRAINING><IT_BOOKINGS><item><PERNR>1</PERNR><AMOUNT>100</AMOUNT>"
            "<BEGDA>2024-01-01</BEGDA></item></IT_BOOKINGS></ns1:Z_BOOK_TRAINING>");
}

TEST(RequestWriter, BareBodies) {
  const auto wsdl = load("bare");
  EXPECT_EQ(call(*wsdl, "Check", R"({"VatNumber":"ES123"})"),
            "<ns1:VatNumber>ES123</ns1:VatNumber>");
  EXPECT_THAT(call(*wsdl, "Check", R"({"number":"ES123"})"),
              HasSubstr("argument VatNumber: is required and missing"));
  EXPECT_EQ(call(*wsdl, "Ping", "{}"), "");
  EXPECT_THAT(call(*wsdl, "Ping", R"({"a":1})"), HasSubstr("takes none"));
}

TEST(RequestWriter, AttributesTextAndChoices) {
  const auto wsdl = load("bare");
  EXPECT_EQ(
      call(
          *wsdl, "Pay",
          R"({"number":7,"@draft":true,"line":{"pos":1,"sku":"x","amount":{"_":9.90,"currency":"EUR"}},
                     "iban":"ES00","remark":["a","b"]})"),
      "<ns1:Invoice number=\"7\" draft=\"true\"><ns1:line pos=\"1\"><ns1:sku>x</ns1:sku>"
      "<ns1:amount currency=\"EUR\">9.90</ns1:amount></ns1:line><ns1:iban>ES00</ns1:iban>"
      "<ns1:remark>a</ns1:remark><ns1:remark>b</ns1:remark></ns1:Invoice>");
  const auto pay = [&](const std::string& more, const std::string& currency = "USD") {
    return call(
        *wsdl, "Pay",
        fmt::format(R"({{"number":7,"line":[{{"sku":"x","amount":{{"_":1,"currency":"{}"}}}}]{}}})",
                    currency, more));
  };
  EXPECT_THAT(pay(""), HasSubstr("one of iban, card is required"));
  EXPECT_THAT(pay(R"(,"iban":"a","card":{"number":"1","expires":"2026-01"})"),
              HasSubstr("argument card: cannot be given together with the others"));
  EXPECT_THAT(pay(R"(,"iban":"a","remark":["1","2","3"])"),
              HasSubstr("argument remark: at most 2 items fit"));
  EXPECT_THAT(pay(R"(,"iban":"a")", "GBP"),
              HasSubstr("argument line[0].amount.currency: expects one of"));
  EXPECT_THAT(call(*wsdl, "Pay", R"({"line":[],"iban":"a"})"),
              HasSubstr("argument number: is required and missing (an attribute)"));
  EXPECT_THAT(call(*wsdl, "Pay", R"({"number":1,"line":[],"iban":"a"})"),
              HasSubstr("argument line: is required and missing"));
}

TEST(RequestWriter, RpcLiteral) {
  const auto wsdl = load("rpc_literal");
  EXPECT_EQ(
      call(*wsdl, "put",
           R"({"courseid":3,"grades":{"grade":[{"letters":["A","B"],"userid":5,"value":7.25}]}})"),
      "<ns1:put><courseid>3</courseid><grades><grade><userid>5</userid><value>7.25</value>"
      "<letters>A B</letters></grade></grades></ns1:put>");
  EXPECT_THAT(*try_call(*wsdl, "put", {.payload = R"({"courseid":3,"grades":[{"userid":1}]})"}),
              HasSubstr("xmlns:ns1=\"urn:grades:calls\""));
  EXPECT_THAT(call(*wsdl, "put", R"({"courseid":3})"), HasSubstr("argument grades: is required"));
  EXPECT_THAT(call(*wsdl, "put", R"({"courseid":3,"grades":[]})"),
              HasSubstr("argument grades.grade: is required"));
}

TEST(RequestWriter, RpcEncodedHasTypesArraysAndMaps) {
  const std::string body =
      call(*load("axis1"), "addBooks",
           R"({"shelf":null,"books":[{"isbn":"1","pages":2,"price":3,"authors":["X"]}],
                                    "tags":{"new":true}})");
  EXPECT_THAT(
      body,
      HasSubstr("<ns1:addBooks soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">"));
  EXPECT_THAT(body, HasSubstr("<shelf xsi:nil=\"true\"/>"));
  EXPECT_THAT(body, HasSubstr("<books xsi:type=\"enc:Array\" enc:arrayType="));
  EXPECT_THAT(body, HasSubstr(":Book[1]\"><item xsi:type="));
  EXPECT_THAT(body,
              HasSubstr("enc:arrayType=\"xsd:string[1]\"><item xsi:type=\"xsd:string\">X</item>"));
  EXPECT_THAT(body, HasSubstr("<pages xsi:type=\"xsd:int\">2</pages>"));
  EXPECT_THAT(body, HasSubstr("<price xsi:type=\"xsd:double\">3</price>"));
  EXPECT_THAT(body, HasSubstr("<item><key xsi:type=\"xsd:string\">new</key><value "
                              "xsi:type=\"xsd:boolean\">true</value></item>"));
  EXPECT_THAT(call(*load("axis1"), "count", "{}"), HasSubstr("argument shelf: is required"));
}

TEST(RequestWriter, WhatStandsForAMapSaysItsTypeOnce) {
  const auto with_tags = [&](const std::string& tags) {
    return call(*load("axis1"), "addBooks", R"({"shelf":"s","books":[],"tags":)" + tags + "}");
  };
  EXPECT_THAT(with_tags(R"("text")"), HasSubstr("<tags xsi:type=\"xsd:string\">text</tags>"));
  EXPECT_THAT(with_tags("[1]"), HasSubstr("<tags xsi:type=\"enc:Array\" enc:arrayType="));
  EXPECT_THAT(with_tags("{}"), HasSubstr(":Map\"></tags>"));
}

TEST(RequestWriter, WhatXmlCannotHaveAsANameIsRefused) {
  for (const std::string name : {"1", "-a", "a b", "a:b", "a(", "", "a\\u0001", "a\\u0000b"}) {
    EXPECT_THAT(call(*load("axis1"), "addBooks",
                     R"({"shelf":"s","books":[],"tags":[{")" + name + R"(":1}]})"),
                HasSubstr("is not a name"))
        << name;
  }
}

TEST(RequestWriter, DerivedTypesAreAskedForByName) {
  const auto wsdl = load("crm");
  const std::string body = call(
      *wsdl, "create",
      R"({"sObjects":[{"xsi:type":"Contact","LastName":"Vega","Birthdate":"1990-02-03","Account":{"Name":"X"}}]})");
  EXPECT_THAT(body, HasSubstr("<ns1:sObjects xsi:type=\"ns2:Contact\"><ns2:Id xsi:nil=\"true\"/>"
                              "<ns2:LastName>Vega</ns2:LastName><ns2:Birthdate>1990-02-03"));
  EXPECT_THAT(call(*wsdl, "create", R"({"sObjects":[{"xsi:type":"SaveResult"}]})"),
              HasSubstr("argument sObjects[0]: \"xsi:type\" is \"SaveResult\""));
  EXPECT_THAT(call(*wsdl, "create", R"({"sObjects":[{"LastName":"Vega"}]})"),
              HasSubstr("argument sObjects[0].LastName: is not in the schema"));
}

TEST(RequestWriter, HeaderBlocks) {
  const auto wsdl = load("crm");
  const auto header = [&](std::string_view headers) {
    return call(*wsdl, "query", {.payload = R"({"queryString":"q"})", .headers = headers},
                "Header");
  };
  EXPECT_EQ(header(R"({"SessionHeader":{"sessionId":"s&"},"QueryOptions":{"batchSize":200}})"),
            "<ns1:SessionHeader><ns1:sessionId>s&amp;</ns1:sessionId></ns1:SessionHeader>"
            "<ns1:QueryOptions><ns1:batchSize>200</ns1:batchSize></ns1:QueryOptions>");
  EXPECT_EQ(header(R"(<h:A xmlns:h="urn:h">1</h:A> <B soap:mustUnderstand="1"/>)"),
            R"(<h:A xmlns:h="urn:h">1</h:A> <B soap:mustUnderstand="1"/>)");
  EXPECT_EQ(header("  "), "");
  EXPECT_EQ(
      call(*wsdl, "query", {.payload = R"({"queryString":"q"})", .security = "<s/>"}, "Header"),
      "<s/>");
  for (const char* bad : {"<a>", "</h><b/><h>", "text", "<a/>text", "{\"Sesion\":1}", "{",
                          "<!DOCTYPE a><a/>", R"({"SessionHeader":{"x":1}})"}) {
    EXPECT_THAT(header(bad), HasSubstr("soap_headers: ")) << bad;
  }
}

TEST(RequestWriter, ImportsIncludesAndNamespacesOfEachDocument) {
  EXPECT_EQ(
      call(
          *load("wcf"), "Assign",
          R"({"request":{"TrainingId":4,"Person":{"Email":"a@b.example","Manager":{"Email":"c@d.example"}}}})"),
      "<ns1:Assign><ns1:request><ns2:Person><ns2:Email>a@b.example</ns2:Email><ns2:Manager>"
      "<ns2:Email>c@d.example</ns2:Email></ns2:Manager></ns2:Person>"
      "<ns2:TrainingId>4</ns2:TrainingId></ns1:request></ns1:Assign>");
}

TEST(RequestWriter, GroupsSubstitutionRecursionAndRepeatedSequences) {
  EXPECT_EQ(
      call(*load("catalogue"), "publish",
           R"({"node":{"title":"a","rev":2,"child":[{"title":"b"}]},"by":"me","at":"2024-02-18",
               "video":[{"url":"u","seconds":"PT5S"}],"image":{"url":"i"},
               "key":["k1","k2"],"value":[1,"two"],
               "shape":{"xsi:type":"circle","radius":1.5},"size":"large"})"),
      "<ns1:publish><node rev=\"2\" kind=\"node\"><title>a</title><child kind=\"node\"><title>b"
      "</title></child></node><ns1:video><url>u</url><seconds>PT5S</seconds></ns1:video>"
      "<ns1:image><url>i</url></ns1:image><by>me</by><at>2024-02-18T00:00:00</at>"
      "<key>k1</key><value xsi:type=\"xsd:int\">1</value>"
      "<key>k2</key><value xsi:type=\"xsd:string\">two</value>"
      "<shape "
      "xsi:type=\"ns1:circle\"><radius>1.5</radius></shape><size>large</size></ns1:publish>");
  const auto publish = [](const std::string& more) {
    return call(*load("catalogue"), "publish", R"({"by":"me","at":0)" + more + "}");
  };
  EXPECT_THAT(publish(R"(,"shape":{"radius":1})"), HasSubstr("one of circle"));
  EXPECT_THAT(publish(R"(,"size":"medium")"), HasSubstr("argument size: expects"));
  EXPECT_THAT(publish(R"(,"key":["a","b"],"value":[1])"), HasSubstr("argument value: is required"));
  EXPECT_THAT(publish(R"(,"media":{"url":"x"})"),
              HasSubstr("argument media: is not in the schema"));
}

TEST(RequestWriter, DeepPayloadsAreRefusedNotFollowed) {
  std::string deep = R"({"by":"m","at":0,"node":)";
  std::string end = "}";
  for (int i = 0; i < 200; ++i) {
    deep += R"({"title":"a","child":[)";
    end.insert(0, "]}");
  }
  EXPECT_EQ(call(*load("catalogue"), "publish", deep + end), "the payload is not JSON");
}

}  // namespace
}  // namespace mih::transport::soap
