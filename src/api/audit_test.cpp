#include "api/audit.hpp"

#include <gmock/gmock.h>

#include "api/testing/server_test.hpp"
#include "core/fields.hpp"

namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MaskedBody, HidesEverySecretOfAService) {
  json body{{"name", "crm"}, {"timeout", 5}};
  for (const auto& field : core::service_fields()) {
    if (field.secret) body[std::string(field.name)] = "marker";
    if (field.url_password) body[std::string(field.name)] = "http://u:marker@host/x?key=marker";
  }
  body["headers"] = {{"Authorization", "Bearer marker"}, {"Ocp", "marker"}, {"X-Note", "{{id}}"}};
  body["soap_headers"] = "<key>marker</key>";
  const auto masked = masked_body("/api/v1/services", body.dump());
  EXPECT_THAT(masked, Not(HasSubstr("marker")));
  EXPECT_THAT(masked, HasSubstr(R"("timeout":5)"));
  EXPECT_THAT(masked, HasSubstr("{{id}}"));
  EXPECT_THAT(masked, HasSubstr("http://u:********@host/x?key=********"));
}

TEST(MaskedBody, HidesPasswordsAndSecretsAtAnyDepth) {
  for (const auto* name : {"password", "new_password", "token", "code", "auth_token"}) {
    const json body{{"x", {{{"y", {{name, {"marker", "marker"}}}}}}}};
    EXPECT_THAT(masked_body("/api/v1/anything", body.dump()), Not(HasSubstr("marker"))) << name;
  }
  EXPECT_THAT(masked_body("/api/v1/secrets/x", R"({"value":"marker"})"), Not(HasSubstr("marker")));
}

TEST(MaskedBody, IsBounded) {
  const json body{{"payload_template", std::string(20'000, 'x')}, {"auth_token", "marker"}};
  EXPECT_EQ(masked_body("/api/v1/rules", body.dump()),
            R"({"too_long_to_keep":["auth_token","payload_template"]})");
  EXPECT_EQ(masked_body("/", "no json"), "");
  EXPECT_EQ(masked_body("/", ""), "");
}

class AuditTest : public testing::ServerTest {};

TEST_F(AuditTest, EveryChangeIsWritten) {
  auto client = as(Role::kManage);
  ASSERT_EQ(client
                .request("POST", "/api/v1/services",
                         R"({"name":"crm","type":"rest","base_url":"http://127.0.0.1:1",)"
                         R"("auth_token":"marker"})")
                .status,
            201);
  const auto trail = hub_.trail();
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].action, "POST /services");
  EXPECT_THAT(trail[0].who, HasSubstr("token "));
  EXPECT_EQ(trail[0].address, "127.0.0.1");
  EXPECT_EQ(json::parse(trail[0].what)["auth_token"], "********");
  EXPECT_EQ(json::parse(trail[0].what)["name"], "crm");

  EXPECT_EQ(admin().request("DELETE", "/api/v1/services/crm").status, 200);
  EXPECT_EQ(hub_.trail().back().who, "command line");
  EXPECT_THAT(hub_.trail().back().address, HasSubstr("uid "));
  EXPECT_EQ(hub_.trail().back().what, "");
}

TEST_F(AuditTest, WhatChangesNothingIsNotWritten) {
  auto client = as(Role::kManage);
  client.request("GET", "/api/v1/services");
  client.request("POST", "/api/v1/services", "{}");
  client.request("DELETE", "/api/v1/services/nothing");
  client.request("POST", "/api/v1/events", "{}");
  as(Role::kView).request("DELETE", "/api/v1/services/nothing");
  EXPECT_TRUE(hub_.trail().empty());
}

TEST_F(AuditTest, LoginsAreWrittenAlsoTheRefused) {
  hub_.people.add("ada", Role::kManage, "a long password");
  for (const auto* password : {"a long password", "a guess"}) {
    auto client = tcp();
    client.request("POST", "/api/v1/session", json{{"name", "ada"}, {"password", password}}.dump());
  }
  const auto trail = hub_.trail();
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].action, "POST /session");
  EXPECT_EQ(trail[0].who, "ada");
  EXPECT_EQ(trail[1].action, "POST /session refused");
  EXPECT_THAT(trail[1].what, Not(HasSubstr("guess")));
}

TEST_F(AuditTest, IsReadPageByPage) {
  for (int i = 0; i < 3; ++i)
    admin().request("POST", "/api/v1/circuits/reset");
  const auto page = admin().request("GET", "/api/v1/audit?limit=2").json();
  ASSERT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["items"][0]["id"], 3);
  EXPECT_EQ(page["items"][0]["action"], "POST /circuits/reset");
  EXPECT_TRUE(page["items"][0]["what"].is_null());
  const auto rest =
      admin()
          .request("GET", "/api/v1/audit?cursor=" + page["next_cursor"].get<std::string>())
          .json();
  EXPECT_EQ(rest["items"].size(), 1U);
  EXPECT_TRUE(rest["next_cursor"].is_null());
}

}  // namespace
}  // namespace mih::api
