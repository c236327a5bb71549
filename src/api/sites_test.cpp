#include <fmt/format.h>

#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

class SitesRoutesTest : public testing::ServerTest {
 protected:
  testing::RawResponse send(std::string_view method, std::string_view path,
                            const json& body = nullptr) {
    if (!manager_) manager_.emplace(as(Role::kManage));
    return manager_->request(method, fmt::format("/api/v1{}", path),
                             body.is_null() ? "" : body.dump());
  }
  core::Site& site(std::size_t position = 0) { return hub_.site_list.list.at(position); }

  std::optional<testing::RawClient> manager_;
};

TEST_F(SitesRoutesTest, ANewSiteComesWithACodeThatIsShownOnce) {
  const auto made = send("POST", "/sites", {{"name", "main"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("location"), "/api/v1/sites/1");
  const auto code = made.json()["code"].get<std::string>();
  EXPECT_EQ(code.size(), 32U);
  EXPECT_EQ(site().code_hash, sha256(code));
  EXPECT_GT(made.json()["code_expires"], to_unix_s(clock_.now().wall) + 3500);

  const auto shown = send("GET", "/sites").json()["items"].at(0);
  EXPECT_FALSE(shown.contains("code"));
  EXPECT_EQ(shown["name"], "main");
  EXPECT_EQ(shown["connected"], false);
  EXPECT_EQ(shown["last_seen"], nullptr);
  EXPECT_EQ(shown["outbox_rows"], 0);
}

TEST_F(SitesRoutesTest, KeysAndHashesAreNeverShown) {
  hub_.site_list.add("main");
  site().callback_key = "c4llb4ck";
  site().signon_key = "s1gn0n";
  const auto shown = send("GET", "/sites").body;
  EXPECT_EQ(shown.find("c4llb4ck"), std::string::npos);
  EXPECT_EQ(shown.find("s1gn0n"), std::string::npos);
}

TEST_F(SitesRoutesTest, NamesAreChecked) {
  for (const auto* name : {"", "default", "a b", "-a", "ä", "a/b"}) {
    expect_problem(send("POST", "/sites", {{"name", name}}), 422, "validation_failed");
  }
  EXPECT_EQ(send("POST", "/sites", {{"name", "Main.site-2_b"}}).status, 201);
  expect_problem(send("POST", "/sites", {{"name", "Main.site-2_b"}}), 409, "name_taken");
}

TEST_F(SitesRoutesTest, AddressesAreChecked) {
  for (const auto* url : {"ftp://x", "http://a b", "javascript:alert(1)"}) {
    expect_problem(send("POST", "/sites", {{"name", "a"}, {"callback_url", url}}), 422,
                   "validation_failed");
    expect_problem(send("POST", "/sites", {{"name", "a"}, {"wwwroot", url}}), 422,
                   "validation_failed");
  }
}

TEST_F(SitesRoutesTest, OnlyTheCallbackAddressCanBeChanged) {
  hub_.site_list.add("main");
  const auto changed = send("PATCH", "/sites/1", {{"callback_url", "http://10.0.0.1/cb"}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(site().callback_url, "http://10.0.0.1/cb");
  expect_problem(send("PATCH", "/sites/1", {{"name", "other"}}), 422, "validation_failed");
  expect_problem(send("PATCH", "/sites/9", {{"callback_url", ""}}), 404, "not_found");
}

TEST_F(SitesRoutesTest, ASiteIsRemoved) {
  hub_.site_list.add("main");
  EXPECT_EQ(send("DELETE", "/sites/1").status, 204);
  EXPECT_TRUE(hub_.site_list.list.empty());
  expect_problem(send("DELETE", "/sites/1"), 404, "not_found");
}

TEST_F(SitesRoutesTest, AnotherCodeReplacesTheFirst) {
  hub_.site_list.add("main");
  const auto again = send("POST", "/sites/1/code");
  ASSERT_EQ(again.status, 201);
  EXPECT_EQ(site().code_hash, sha256(again.json()["code"].get<std::string>()));
}

TEST_F(SitesRoutesTest, ACodeIsExchangedForSecretsWithoutAToken) {
  hub_.site_list.add("main");
  const auto code = send("POST", "/sites/1/code").json()["code"];
  auto stranger = tcp();
  const json body{{"code", code}, {"wwwroot", "https://moodle.example"}};
  const auto answer = stranger.request("POST", "/api/v1/connector/connect", body.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["token"], "mih_token");
  EXPECT_EQ(answer.json()["callback_key"], "callback key");
  EXPECT_EQ(answer.json()["signon_key"], "signon key");
  EXPECT_EQ(answer.json()["site_id"], 1);
  EXPECT_EQ(answer.json()["subscriptions"]["version"], 7);

  const json wrong{{"code", "wrong"}, {"wwwroot", "https://moodle.example"}};
  expect_problem(stranger.request("POST", "/api/v1/connector/connect", wrong.dump()), 403,
                 "forbidden");
}

TEST_F(SitesRoutesTest, ASitesTokenGetsTheListAndEveryAnswerNamesItsVersion) {
  hub_.site_list.add("main");
  auto client = as(Role::kIngest, "main");
  const auto list = client.request(
      "GET", "/api/v1/connector/subscriptions?outbox_rows=3&plugin_version=2026&moodle_version=4.5",
      "", "MIH-Subscriptions: 6\r\n");
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_EQ(list.json(), (json{{"version", 7},
                               {"patterns", {R"(\core\event\user_created)"}},
                               {"sample", json::array()},
                               {"alerts", json::array()}}));
  EXPECT_EQ(list.header("mih-subscriptions"), "7");
  ASSERT_EQ(hub_.site_list.reports.size(), 2U);
  EXPECT_EQ(hub_.site_list.reports[0].second.list_version, 6);
  EXPECT_EQ(hub_.site_list.reports[1].second.outbox_rows, 3);
  EXPECT_EQ(hub_.site_list.reports[1].second.plugin_version, "2026");

  EXPECT_EQ(client.request("POST", "/api/v1/events", "{}").header("mih-subscriptions"), "7");
  EXPECT_EQ(client.request("POST", "/api/v1/events", "[", "Content-Type: text/x\r\n")
                .header("mih-subscriptions"),
            "7");
}

TEST_F(SitesRoutesTest, ASiteIsToldOfAlerts) {
  hub_.site_list.add("main");
  core::Alert alert;
  alert.kind = core::AlertKind::kDiskLow;
  alert.message = "free some space";
  hub_.raised = {alert};
  const auto list = as(Role::kIngest, "main").request("GET", "/api/v1/connector/subscriptions");
  ASSERT_EQ(list.json()["alerts"].size(), 1U) << list.body;
  EXPECT_EQ(list.json()["alerts"][0]["message"], "free some space");
}

TEST_F(SitesRoutesTest, OtherTokensAreToldNothing) {
  hub_.site_list.add("main");
  for (const auto* site : {"", "another"}) {
    auto client = as(Role::kIngest, site);
    expect_problem(client.request("GET", "/api/v1/connector/subscriptions"), 409, "conflict");
    EXPECT_EQ(client.request("POST", "/api/v1/events", "{}").header("mih-subscriptions"), "");
  }
}

TEST_F(SitesRoutesTest, ACatalogueIsAList) {
  hub_.site_list.add("main");
  auto client = as(Role::kIngest, "main");
  EXPECT_EQ(client.request("PUT", "/api/v1/connector/catalogue", R"({"events":[{"a": 1}]})").status,
            204);
  EXPECT_EQ(hub_.site_list.catalogue, R"([{"a": 1}])");
  expect_problem(client.request("PUT", "/api/v1/connector/catalogue", R"({"events":1})"), 422,
                 "validation_failed");
}

TEST_F(SitesRoutesTest, ARuleShowsWhetherItIsCaptured) {
  hub_.add_service("crm");
  hub_.add_rule("r", "crm", R"(\core\event\user_created)");
  const auto id = hub_.catalog()->rules().front()->rule.id.value;
  hub_.site_list.captured = {std::nullopt, {"main"}};
  auto shown = send("GET", fmt::format("/rules/{}", id)).json();
  EXPECT_EQ(shown["active_since"], nullptr);
  EXPECT_EQ(shown["waiting_for"], json({"main"}));
  hub_.site_list.captured = {from_unix_ms(5000), {}};
  shown = send("GET", "/rules").json()["items"].at(0);
  EXPECT_EQ(shown["active_since"], 5);
  EXPECT_EQ(shown["waiting_for"], json::array());
}

}  // namespace
}  // namespace mih::api
