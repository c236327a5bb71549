#include "transport/soap/http_message.hpp"

#include <gmock/gmock.h>

#include "transport/soap/soap_test.hpp"

namespace mih::transport::soap {
namespace {

using core::Failure;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

class HttpMessageTest : public ::testing::Test {
 protected:
  void describe_with(const std::string& name) {
    description_.wsdl = load(name);
    description_.url = "http://wsdl.test/" + name + "?wsdl";
  }
  const Operation& operation(std::string_view endpoint) {
    return *description_.wsdl->find(endpoint)->front();
  }
  core::Request call() {
    auto service = std::make_shared<core::Service>();
    service->name = "sis";
    core::Request request;
    request.service = service;
    request.headers = {
        {"Content-Type", "application/json"}, {"Accept", "application/json"}, {"X-Tenant", "a"}};
    request.delivery_id = "d_abc";
    return request;
  }
  core::Reply reply(int status, std::string body) {
    core::Reply reply;
    reply.http_status = status;
    reply.body = std::move(body);
    return reply;
  }
  static std::string envelope(std::string_view body) {
    return fmt::format(R"(<e:Envelope xmlns:e="{}"><e:Body>{}</e:Body></e:Envelope>)",
                       ns::kEnvelope11, body);
  }

  Description description_;
};

TEST_F(HttpMessageTest, OfSoap11) {
  describe_with("asmx");
  const auto request = to_http(call(), description_, operation("EnrolStudent"), "<x/>");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->url, "http://sis.example/sis.asmx");
  EXPECT_EQ(request->body, "<x/>");
  EXPECT_EQ(request->delivery_id, "d_abc");
  EXPECT_THAT(request->headers, Contains(Pair("Content-Type", "text/xml; charset=utf-8")));
  EXPECT_THAT(request->headers,
              Contains(Pair("SOAPAction", "\"http://sis.example/webservices/EnrolStudent\"")));
  EXPECT_THAT(request->headers, Contains(Pair("X-Tenant", "a")));
  EXPECT_THAT(request->headers, Not(Contains(Pair("Content-Type", "application/json"))));
}

TEST_F(HttpMessageTest, OfSoap12) {
  describe_with("asmx");
  const auto request = to_http(call(), description_, operation("SisSoap12/EnrolStudent"), "<x/>");
  ASSERT_TRUE(request);
  EXPECT_THAT(request->headers,
              Contains(Pair("Content-Type",
                            "application/soap+xml; charset=utf-8; "
                            "action=\"http://sis.example/webservices/EnrolStudent\"")));
  EXPECT_THAT(request->headers, Not(Contains(Pair("SOAPAction", ::testing::_))));
}

TEST_F(HttpMessageTest, WsSecurityIsInTheEnvelopeAndNotInTheHeaders) {
  describe_with("asmx");
  core::Request with_wsse = call();
  auto service = std::make_shared<core::Service>(*with_wsse.service);
  service->auth_type = core::AuthType::kWsse;
  with_wsse.service = service;
  const auto request = to_http(with_wsse, description_, operation("EnrolStudent"), "<x/>");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->service->auth_type, core::AuthType::kNone);
}

TEST_F(HttpMessageTest, AnActionThatIsNoHeaderIsNotSent) {
  describe_with("bare");
  Operation bad = operation("Check");
  bad.action = "a\r\nX-Evil: 1";
  EXPECT_FALSE(to_http(call(), description_, bad, "<x/>"));
  bad.action = "a\"b";
  EXPECT_FALSE(to_http(call(), description_, bad, "<x/>"));
  bad.action = "";
  bad.address = "jms:queue";
  EXPECT_FALSE(to_http(call(), description_, bad, "<x/>"));
}

TEST_F(HttpMessageTest, AnAnswerBecomesJson) {
  describe_with("bare");
  const auto read = [&](core::Reply answer, std::size_t keep = 4096) {
    return from_http(description_, operation("Check"), std::move(answer), keep);
  };
  const core::Reply whole = read(reply(200, envelope("<IsValid xmlns='urn:bare'>1</IsValid>")));
  EXPECT_EQ(whole.failure, Failure::kNone);
  EXPECT_EQ(whole.body, R"({"IsValid":true})");
  EXPECT_FALSE(whole.truncated);
  const core::Reply cut = read(reply(200, envelope("<Other>ab\u00fc</Other>")), 13);
  EXPECT_EQ(cut.body, R"({"Other":"ab)") << "not in the middle of a character";
  EXPECT_TRUE(cut.truncated);
}

TEST_F(HttpMessageTest, TheEnvelopeOfAMultipartAnswerIsRead) {
  describe_with("bare");
  const core::Reply read =
      from_http(description_, operation("Check"),
                reply(200, "\r\n--b1\r\nContent-Type: application/xop+xml\r\n\r\n" +
                               envelope("<IsValid xmlns='urn:bare'>true</IsValid>") +
                               "\r\n--b1\r\nContent-ID: <x>\r\n\r\n\x01\x02\r\n--b1--"),
                4096);
  EXPECT_EQ(read.failure, Failure::kNone) << read.error;
  EXPECT_EQ(read.body, R"({"IsValid":true})");
  for (const char* odd : {"--", "--b", "--b\r\n", "--b\r\n\r\n", "\r\n", "--b\r\nx\r\n\r\n<a"}) {
    EXPECT_EQ(from_http(description_, operation("Check"), reply(200, odd), 10).failure,
              Failure::kOther)
        << odd;
  }
}

TEST_F(HttpMessageTest, AFaultDecidesBeforeTheStatus) {
  describe_with("bare");
  for (const int status : {200, 400, 500, 503}) {
    for (const auto& [code, failure] : {std::pair{"e:Client", Failure::kSenderFault},
                                        std::pair{"e:Server", Failure::kReceiverFault}}) {
      const core::Reply read =
          from_http(description_, operation("Check"),
                    reply(status, envelope(fmt::format("<e:Fault><faultcode>{}</faultcode>"
                                                       "<faultstring>no</faultstring></e:Fault>",
                                                       code))),
                    4096);
      EXPECT_EQ(read.failure, failure) << status << code;
      EXPECT_EQ(read.http_status, status);
      EXPECT_THAT(read.error, HasSubstr(": no"));
      EXPECT_THAT(read.body, HasSubstr(R"("string":"no")"));
    }
  }
}

TEST_F(HttpMessageTest, WhatIsNoEnvelopeCountsByItsStatus) {
  describe_with("bare");
  const auto read = [&](int status, std::string body) {
    return from_http(description_, operation("Check"), reply(status, std::move(body)), 4096);
  };
  EXPECT_EQ(read(500, "<html>").failure, Failure::kNone);
  EXPECT_EQ(read(500, "<html>").body, "<html>");
  EXPECT_EQ(read(404, "").failure, Failure::kNone);
  EXPECT_EQ(read(200, "<html/>").failure, Failure::kOther);
  EXPECT_THAT(read(200, "<html/>").error, HasSubstr("root is <html>"));
  EXPECT_EQ(read(200, "").failure, Failure::kOther) << "an answer was expected";
  EXPECT_EQ(read(202, "").failure, Failure::kNone);
  EXPECT_EQ(read(202, "").body, "{}");
}

TEST_F(HttpMessageTest, AOneWayOperationHasNoAnswer) {
  describe_with("rpc_literal");
  const core::Reply read = from_http(description_, operation("note"), reply(200, ""), 4096);
  EXPECT_EQ(read.failure, Failure::kNone);
  EXPECT_EQ(read.body, "{}");
}

TEST_F(HttpMessageTest, WhatIsTooLargeToReadCountsByItsStatus) {
  describe_with("bare");
  core::Reply large = reply(200, std::string(5000, 'x'));
  large.truncated = true;
  const core::Reply read = from_http(description_, operation("Check"), large, 4096);
  EXPECT_EQ(read.failure, Failure::kNone);
  EXPECT_TRUE(read.truncated);
  EXPECT_EQ(read.body.size(), 4096U);
}

TEST_F(HttpMessageTest, SomeRepliesLetTheWsdlLookOutdated) {
  core::Reply answer;
  for (const auto failure : {Failure::kRefused, Failure::kDns, Failure::kSenderFault}) {
    answer.failure = failure;
    EXPECT_TRUE(casts_doubt(answer));
  }
  for (const auto failure : {Failure::kTimeout, Failure::kReceiverFault, Failure::kOther}) {
    answer.failure = failure;
    EXPECT_FALSE(casts_doubt(answer));
  }
  EXPECT_TRUE(casts_doubt(reply(404, "")));
  EXPECT_FALSE(casts_doubt(reply(200, "")));
  EXPECT_FALSE(casts_doubt(reply(503, "")));
}

}  // namespace
}  // namespace mih::transport::soap
