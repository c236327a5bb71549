#include "engine/render_call.hpp"

#include <gtest/gtest.h>

#include "core/fields.hpp"

namespace mih::engine {
namespace {

class RenderCallTest : public ::testing::Test {
 protected:
  RenderCallTest() {
    service_.name = "crm";
    service_.base_url = "https://crm.example/v1/";
    service_.headers = {{"X-Tenant", "a"}};
  }

  core::Request render(const core::ServiceCall& call) {
    auto request =
        render_call(call, std::make_shared<const core::Service>(service_), "d_1", document_);
    EXPECT_TRUE(request.has_value());
    return request.value_or(core::Request{});
  }

  static core::ServiceCall call(std::string endpoint, core::HttpMethod method,
                                std::string payload) {
    return {.endpoint = std::move(endpoint),
            .http_method = method,
            .payload = {std::move(payload)},
            .headers = {}};
  }

  core::Service service_;
  json::Document document_;
};

TEST_F(RenderCallTest, SendsThePayloadAsItWasGiven) {
  const auto request = render(call("/users?a=1", core::HttpMethod::kPut, R"({"n":129.95})"));
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url, "https://crm.example/v1/users?a=1");
  EXPECT_EQ(request.body, R"({"n":129.95})");
  EXPECT_EQ(request.delivery_id, "d_1");
  const core::Headers expected{
      {"Content-Type", "application/json"}, {"Accept", "application/json"}, {"X-Tenant", "a"}};
  EXPECT_EQ(request.headers, expected);
}

TEST_F(RenderCallTest, AGetHasItsPayloadInTheQuery) {
  const auto request = render(call("users", core::HttpMethod::kGet, R"({"q":"a b","n":1})"));
  EXPECT_EQ(request.url, "https://crm.example/v1/users?q=a%20b&n=1");
  EXPECT_EQ(request.body, "");
}

TEST_F(RenderCallTest, AnEmptyListOfPhpIsNoPayloadOfAGet) {
  EXPECT_EQ(render(call("/", core::HttpMethod::kGet, "[]")).url, "https://crm.example/v1/");
}

TEST_F(RenderCallTest, AListIsNoQuery) {
  const auto request = render_call(call("/", core::HttpMethod::kGet, "[1]"),
                                   std::make_shared<const core::Service>(service_), "", document_);
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().code, ErrorCode::kTemplateInvalid);
}

TEST_F(RenderCallTest, HeadersOfTheCallReplaceThoseOfTheService) {
  auto with_headers = call("/", core::HttpMethod::kPost, "");
  with_headers.headers = {{"x-tenant", "b"}};
  const auto request = render(with_headers);
  const core::Headers expected{{"Accept", "application/json"}, {"x-tenant", "b"}};
  EXPECT_EQ(request.headers, expected);
}

TEST_F(RenderCallTest, AStoredCallReadsBackAsItWas) {
  auto original = call("/a", core::HttpMethod::kPatch, R"([1,"\ud800"])");
  original.headers = {{"X-A", "\"quoted\""}};
  const auto stored = call_to_json(original);
  ASSERT_TRUE(document_.parse(stored));
  const auto read = call_from_json(document_.root());
  EXPECT_EQ(read.endpoint, original.endpoint);
  EXPECT_EQ(read.http_method, original.http_method);
  EXPECT_EQ(read.payload.text, original.payload.text);
  EXPECT_EQ(read.headers, original.headers);
}

TEST_F(RenderCallTest, WhatWasSentIsSentAgainWithoutMaskedHeaders) {
  service_.base_url = "https://u:p@crm.example/v2";
  const core::SentRequest sent{
      .method = "POST",
      .url = "https://crm.example/v1/users",
      .headers = {{"X-A", "1"}, {"Authorization", std::string{core::kMask}}},
      .body = "{}"};
  const auto request = resend(sent, std::make_shared<const core::Service>(service_), "d_1", "\\e");
  EXPECT_EQ(request.url, "https://u:p@crm.example/v1/users");
  EXPECT_EQ(request.headers, (core::Headers{{"X-A", "1"}}));
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.event_name, "\\e");
}

TEST_F(RenderCallTest, MaskedHeadersAreThoseTheServiceHasNow) {
  service_.headers = {{"authorization", "Token fresh"}, {"X-Other", "new"}};
  const core::SentRequest sent{
      .method = "POST",
      .url = "https://crm.example/",
      .headers = {{"X-A", "1"}, {"Authorization", std::string{core::kMask}}},
      .body = "{}"};
  const auto request = resend(sent, std::make_shared<const core::Service>(service_), "d_1", "\\e");
  EXPECT_EQ(request.headers, (core::Headers{{"X-A", "1"}, {"authorization", "Token fresh"}}));
}

TEST_F(RenderCallTest, CredentialsStayWithTheirHost) {
  service_.base_url = "https://u:p@crm.example";
  const core::SentRequest sent{
      .method = "POST", .url = "https://crm.example.evil/", .headers = {}, .body = {}};
  EXPECT_EQ(resend(sent, std::make_shared<const core::Service>(service_), "", "").url,
            "https://crm.example.evil/");
}

}  // namespace
}  // namespace mih::engine
