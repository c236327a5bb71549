#include "engine/soap_headers.hpp"

#include <gmock/gmock.h>

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

const WallTime kNow = from_unix_ms(1'708'258'939'000);

core::Request request_with(std::string headers, core::ServiceType type = core::ServiceType::kSoap) {
  auto service = std::make_shared<core::Service>();
  service->name = "sis";
  service->type = type;
  service->soap_headers = std::move(headers);
  core::Request request;
  request.service = std::move(service);
  request.delivery_id = "d_abc";
  return request;
}

TEST(SoapHeaders, AreRenderedAsXml) {
  json::Document document;
  ASSERT_TRUE(document.parse(R"({"userid":5,"other":{"name":"A & B"}})"));
  const json::Value event = document.root();
  auto request = request_with("<h:Who id=\"{{userid}}\">{{other.name}}</h:Who>");
  ASSERT_TRUE(add_soap_headers(request, Scope{.event = &event}));
  EXPECT_EQ(request.soap_headers, "<h:Who id=\"5\">A &amp; B</h:Who>");
}

TEST(SoapHeaders, AreRenderedAsJson) {
  json::Document document;
  ASSERT_TRUE(document.parse(R"({"userid":5})"));
  const json::Value event = document.root();
  auto request = request_with(R"({"Auth": {"user": {{userid}}}})");
  ASSERT_TRUE(add_soap_headers(request, Scope{.event = &event}));
  EXPECT_EQ(request.soap_headers, R"({"Auth": {"user": 5}})");
}

TEST(SoapHeaders, OfACallKnowServiceDeliveryAndTime) {
  auto request = request_with("<a>{{service.name}} {{delivery.id}} {{now}} {{userid}}</a>");
  ASSERT_TRUE(add_soap_headers(request, kNow));
  EXPECT_EQ(request.soap_headers, "<a>sis d_abc 1708258939 </a>");
}

TEST(SoapHeaders, AreForSoapOnly) {
  auto request = request_with("<a/>", core::ServiceType::kRest);
  ASSERT_TRUE(add_soap_headers(request, kNow));
  EXPECT_EQ(request.soap_headers, "");
}

TEST(SoapHeaders, AreCheckedBeforeTheyAreSaved) {
  EXPECT_TRUE(check_soap_headers(""));
  EXPECT_TRUE(check_soap_headers("<a>{{userid}}</a>"));
  const auto unknown = check_soap_headers("<a>{{userID}}</a>");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fields.front().field, "soap_headers");
  EXPECT_THAT(unknown.error().detail, HasSubstr("userid"));
  EXPECT_FALSE(check_soap_headers(R"({"a": {{userid}}000})"));
}

}  // namespace
}  // namespace mih::engine
