#include <fmt/format.h>

#include "api/testing/server_test.hpp"
#include "core/fields.hpp"

namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

const json kRule{{"name", "new users"},
                 {"eventname", "\\core\\event\\user_created"},
                 {"service", "crm"},
                 {"endpoint", "/contacts"},
                 {"payload_template", R"({"id": {{userid}}})"}};
const json kEvent{{"eventname", "\\core\\event\\user_created"}, {"id", "e1"}, {"userid", "5"}};

class RulesTest : public testing::ServerTest {
 protected:
  RulesTest() { hub_.add_service("crm", "http://127.0.0.1:9/v1"); }

  json with(const json& fields) {
    json body = kRule;
    body.update(fields);
    return body;
  }
  testing::RawResponse send(std::string_view method, std::string_view path, const json& body,
                            Role role = Role::kManage, std::string_view extra = {}) {
    auto client = as(role);
    return client.request(method, fmt::format("/api/v1{}", path), body.is_null() ? "" : body.dump(),
                          extra);
  }
  std::string create(const json& body = kRule) {
    const auto made = send("POST", "/rules", body);
    EXPECT_EQ(made.status, 201) << made.body;
    return made.header("location").substr(7);
  }
};

TEST_F(RulesTest, CreatedShownChangedDeleted) {
  const auto made = send("POST", "/rules", kRule);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto path = made.header("location").substr(7);
  EXPECT_EQ(path, fmt::format("/rules/{}", made.json()["id"].get<int>()));
  auto shown = send("GET", path, nullptr).json();
  for (const auto& field : core::rule_fields()) {
    EXPECT_TRUE(shown.contains(std::string(field.name))) << field.name;
  }
  EXPECT_EQ(shown["active_since"], nullptr);
  EXPECT_EQ(shown["waiting_for"], json::array());
  shown["name"] = "other";
  EXPECT_EQ(send("PUT", path, shown).json()["name"], "other");  // what was read can be sent back
  EXPECT_EQ(send("PATCH", path, {{"enabled", false}}).json()["name"], "other");
  EXPECT_EQ(send("DELETE", path, nullptr).status, 204);
  expect_problem(send("GET", path, nullptr), 404, "not_found");
}

TEST_F(RulesTest, AFlagIsShown) {
  const auto path = create();
  EXPECT_EQ(send("GET", path, nullptr).json()["flagged"], nullptr);
  const core::RuleId rule{std::stoll(path.substr(path.rfind('/') + 1))};
  hub_.reader.flagged[rule] = from_unix_ms(1'708'258'939'999);
  const json flag{{"reason", "gone"}, {"time", 1'708'258'939}};
  const auto shown = send("GET", path, nullptr, Role::kView).json();
  EXPECT_EQ(shown["flagged"], flag);
  EXPECT_EQ(send("GET", "/rules", nullptr, Role::kView).json()["items"][0]["flagged"], flag);
  EXPECT_EQ(send("PUT", path, shown).json()["flagged"], nullptr) << "saved: it was looked at";
}

TEST_F(RulesTest, FaultsAreNamed) {
  for (const auto& [fields, wrong] :
       std::vector<std::pair<json, std::string>>{{{{"service", "unknown"}}, "service"},
                                                 {{{"eventname", ""}}, "eventname"},
                                                 {{{"eventname", "a b"}}, "eventname"},
                                                 {{{"http_method", "BREW"}}, "http_method"},
                                                 {{{"headers", 5}}, "headers"},
                                                 {{{"colour", 1}}, "colour"}}) {
    const auto problem =
        expect_problem(send("POST", "/rules", with(fields)), 422, "validation_failed");
    ASSERT_FALSE(problem["errors"].empty());
    EXPECT_EQ(problem["errors"][0]["field"], wrong);
  }
}

TEST_F(RulesTest, ABadTemplateIsPlaced) {
  const auto problem =
      expect_problem(send("POST", "/rules", with({{"payload_template", "{\"a\":\n {{usrid}}}"}})),
                     422, "template_invalid");
  const auto fault = problem["errors"][0];
  EXPECT_EQ(fault["field"], "payload_template");
  EXPECT_EQ(fault["line"], 2);
  EXPECT_GE(fault["column"], 1);
}

TEST_F(RulesTest, ARuleOfADeletedServiceCanBeKeptButNotEnabled) {
  const auto path = create();
  send("DELETE", "/services/crm", nullptr);
  EXPECT_EQ(send("PATCH", path, {{"name", "kept"}}).status, 200);
  expect_problem(send("PATCH", path, {{"enabled", true}}), 422, "validation_failed");
  expect_problem(send("PATCH", path, {{"service", "none"}}), 422, "validation_failed");
  const auto again = hub_.add_service("crm");
  EXPECT_EQ(send("PATCH", path, {{"enabled", true}}).status, 200);
  EXPECT_EQ(hub_.catalog()->rules().at(0)->rule.service, again);
}

TEST_F(RulesTest, IfMatchGuardsChanges) {
  const auto path = create();
  const auto tag = send("GET", path, nullptr).header("etag");
  const auto match = fmt::format("If-Match: {}\r\n", tag);
  EXPECT_EQ(send("PATCH", path, {{"name", "x"}}, Role::kManage, match).status, 200);
  expect_problem(send("PATCH", path, {{"name", "y"}}, Role::kManage, match), 412, "changed");
  expect_problem(send("DELETE", path, nullptr, Role::kManage, match), 412, "changed");
}

TEST_F(RulesTest, ListsAreNewestFirstAndFiltered) {
  hub_.add_service("erp");
  create(with({{"name", "one"}}));
  create(with({{"name", "two"}, {"service", "erp"}}));
  create(with({{"name", "three"}}));
  const auto page = send("GET", "/rules?limit=2", nullptr).json();
  EXPECT_EQ(page["items"][0]["name"], "three");
  EXPECT_EQ(page["items"][1]["name"], "two");
  const auto rest =
      send("GET", "/rules?cursor=" + page["next_cursor"].get<std::string>(), nullptr).json();
  EXPECT_EQ(rest["items"][0]["name"], "one");
  EXPECT_EQ(send("GET", "/rules?service=erp", nullptr).json()["items"].size(), 1U);
}

TEST_F(RulesTest, PreviewRendersARuleAndAnEvent) {
  const auto response = send("POST", "/rules/preview", {{"rule", kRule}, {"event", kEvent}});
  ASSERT_EQ(response.status, 200) << response.body;
  const auto shown = response.json();
  EXPECT_EQ(shown["matches"], true);
  EXPECT_EQ(shown["why_not"], nullptr);
  EXPECT_EQ(shown["method"], "POST");
  EXPECT_EQ(shown["url"], "http://127.0.0.1:9/v1/contacts");
  EXPECT_EQ(shown["payload"], R"({"id": 5})");
  EXPECT_EQ(shown["warnings"], json::array());
  EXPECT_FALSE(shown.contains("redacted"));
}

TEST_F(RulesTest, PreviewHidesSecrets) {
  send("PATCH", "/services/crm", {{"auth_type", "bearer"}, {"auth_token", "s3cret"}});
  const auto response =
      send("POST", "/rules/preview",
           {{"rule", with({{"headers", {{"X-Api-Key", "pa55"}}}})}, {"event", kEvent}});
  EXPECT_EQ(response.json()["headers"]["Authorization"], "Bearer ********");
  EXPECT_EQ(response.json()["headers"]["X-Api-Key"], "********");
  EXPECT_EQ(response.body.find("s3cret"), std::string::npos);
  EXPECT_EQ(response.body.find("pa55"), std::string::npos);
}

TEST_F(RulesTest, PreviewSaysWhyNot) {
  const auto shown =
      send("POST", "/rules/preview",
           {{"rule", with({{"eventname", "\\core\\event\\course_*"}, {"enabled", false}})},
            {"event", kEvent}})
          .json();
  EXPECT_EQ(shown["matches"], false);
  EXPECT_TRUE(shown["why_not"].is_string());
  EXPECT_EQ(shown["warnings"].size(), 1U);
}

TEST_F(RulesTest, PreviewOfWhatCannotBeRenderedWarns) {
  const auto shown = send("POST", "/rules/preview",
                          {{"rule", with({{"endpoint", "/x/{{courseid}}"}})}, {"event", kEvent}})
                         .json();
  EXPECT_EQ(shown["payload"], nullptr);
  EXPECT_EQ(shown["warnings"].size(), 1U);
}

TEST_F(RulesTest, PreviewOfStoredEventsIsRedactedForView) {
  const auto path = create();
  const auto id = std::stoi(path.substr(path.rfind('/') + 1));
  hub_.reader.event_list.push_back({.seq = core::EventSeq{1},
                                    .site = "default",
                                    .id = "e1",
                                    .name = "\\core\\event\\user_created",
                                    .body = R"({"userid":4711})",
                                    .accepted = {}});
  const json body{{"rule_id", id}, {"event_id", "e1"}};
  const auto view = send("POST", "/rules/preview", body, Role::kView);
  ASSERT_EQ(view.status, 200) << view.body;
  EXPECT_EQ(view.json()["redacted"], true);
  EXPECT_EQ(view.body.find("4711"), std::string::npos);
  EXPECT_FALSE(view.json().contains("headers"));
  EXPECT_EQ(send("POST", "/rules/preview", body).json()["payload"], R"({"id": 4711})");
  EXPECT_EQ(send("POST", "/rules/preview", {{"rule_id", id}, {"event", kEvent}}, Role::kView)
                .json()["payload"],
            R"({"id": 5})");
  expect_problem(send("POST", "/rules/preview", {{"rule", kRule}, {"event", kEvent}}, Role::kView),
                 403, "forbidden");
}

TEST_F(RulesTest, PreviewNeedsOneRuleAndOneEvent) {
  for (const json& body :
       {json::object(), json{{"rule", kRule}}, json{{"event", kEvent}},
        json{{"rule", kRule}, {"rule_id", 1}, {"event", kEvent}},
        json{{"rule", kRule}, {"event", kEvent}, {"event_id", "x"}},
        json{{"rule", 5}, {"event", kEvent}}, json{{"rule", kRule}, {"event", "x"}},
        json{{"rule", kRule}, {"event", {{"userid", 5}}}},
        json{{"rule", kRule}, {"event", kEvent}, {"colour", 1}}}) {
    EXPECT_EQ(send("POST", "/rules/preview", body).status, 422) << body;
  }
  expect_problem(send("POST", "/rules/preview", {{"rule_id", 99}, {"event", kEvent}}), 404,
                 "not_found");
  expect_problem(send("POST", "/rules/preview", {{"rule", kRule}, {"event_id", "none"}}), 404,
                 "not_found");
}

}  // namespace
}  // namespace mih::api
