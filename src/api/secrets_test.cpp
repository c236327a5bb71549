#include <fmt/format.h>

#include "api/testing/server_test.hpp"

/// Named secrets: their values go in and never come back.
namespace mih::api {
namespace {

using core::Role;

class SecretsTest : public testing::ServerTest {};

TEST_F(SecretsTest, AreSetListedAndDeletedWithoutTheirValue) {
  auto client = as(Role::kManage);
  for (const auto* name : {"first", "second"}) {
    const auto saved =
        client.request("PUT", fmt::format("/api/v1/secrets/{}", name), R"({"value":"marker"})");
    ASSERT_EQ(saved.status, 200) << saved.body;
    EXPECT_EQ(saved.json()["name"], name);
    EXPECT_EQ(saved.body.find("marker"), std::string::npos);
  }
  EXPECT_EQ(hub_.reader.secret_list[0].value, "marker");
  const auto list = client.request("GET", "/api/v1/secrets?limit=1");
  EXPECT_EQ(list.body.find("marker"), std::string::npos);
  EXPECT_EQ(list.json()["items"][0]["name"], "second");
  const auto rest = client.request(
      "GET", "/api/v1/secrets?cursor=" + list.json()["next_cursor"].get<std::string>());
  EXPECT_EQ(rest.json()["items"][0]["name"], "first");
  EXPECT_EQ(client.request("GET", "/api/v1/secrets/first").json()["name"], "first");
  EXPECT_EQ(client.request("DELETE", "/api/v1/secrets/first").status, 204);
  expect_problem(client.request("DELETE", "/api/v1/secrets/first"), 404, "not_found");
  expect_problem(client.request("GET", "/api/v1/secrets/first"), 404, "not_found");
}

TEST_F(SecretsTest, BadOnesAre422) {
  auto client = as(Role::kManage);
  for (const auto* body : {"{}", R"({"value":""})", R"({"value":5})", R"({"value":"x","y":1})"}) {
    expect_problem(client.request("PUT", "/api/v1/secrets/x", body), 422, "validation_failed");
  }
  expect_problem(client.request("PUT", "/api/v1/secrets/a%20b", R"({"value":"x"})"), 422,
                 "validation_failed");
  expect_problem(client.request("PUT", "/api/v1/secrets/x",
                                R"({"value":")" + std::string(10'001, 'x') + "\"}"),
                 422, "validation_failed");
}

}  // namespace
}  // namespace mih::api
