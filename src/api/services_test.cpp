#include <fmt/format.h>

#include "api/testing/server_test.hpp"
#include "core/fields.hpp"

namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

const json kSmall{{"name", "crm"}, {"base_url", "http://127.0.0.1:9/v1"}};

class ServicesTest : public testing::ServerTest {
 protected:
  json with(const json& fields) {
    json body = kSmall;
    body.update(fields);
    return body;
  }
  testing::RawResponse send(std::string_view method, std::string_view path, const json& body,
                            std::string_view extra = {}) {
    if (!manager_) manager_.emplace(as(Role::kManage));
    return manager_->request(method, fmt::format("/api/v1{}", path),
                             body.is_null() ? "" : body.dump(), extra);
  }
  testing::RawResponse get(std::string_view path) { return send("GET", path, nullptr); }

  std::optional<testing::RawClient> manager_;
};

TEST_F(ServicesTest, CreatedWithDefaultsAndShown) {
  const auto made = send("POST", "/services", kSmall);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("location"), "/api/v1/services/crm");
  const auto shown = get("/services/crm");
  EXPECT_EQ(shown.json(), made.json());
  for (const auto& field : core::service_fields()) {
    EXPECT_TRUE(shown.json().contains(std::string(field.name))) << field.name;
  }
  EXPECT_EQ(shown.json()["circuit"],
            (json{{"state", "closed"}, {"failure_count", 0}, {"retry_in_s", nullptr}}));
  EXPECT_EQ(shown.json()["max_concurrency"], 8);
  EXPECT_EQ(shown.json()["last_used"], nullptr);
  EXPECT_EQ(shown.json()["aliases"], json::array());
}

TEST_F(ServicesTest, FurtherNamesAreShown) {
  const auto id = hub_.add_service("crm");
  hub_.aliases = {{"Old CRM", id}, {"The CRM", id}, {"Shop", hub_.add_service("shop")}};
  EXPECT_EQ(get("/services/crm").json()["aliases"], (json{"Old CRM", "The CRM"}));
}

TEST_F(ServicesTest, AmqpHasItsOwnWindow) {
  const auto body = with({{"type", "amqp"}, {"base_url", "amqp://h/v"}});
  EXPECT_EQ(send("POST", "/services", body).json()["max_concurrency"], 256);
}

TEST_F(ServicesTest, CircuitAndFiguresComeFromTheLanes) {
  const auto id = hub_.add_service("crm");
  hub_.lane.circuit = core::CircuitState::kOpen;
  hub_.lane.failure_count = 5;
  hub_.lane.retry_in_s = 2.2;
  hub_.reader.figures[id] = {
      .backlog = 7, .avg_latency_ms = 12, .errors_24h = 3, .last_used_s = 1708258939};
  const auto shown = get("/services/crm").json();
  EXPECT_EQ(shown["circuit"], (json{{"state", "open"}, {"failure_count", 5}, {"retry_in_s", 3}}));
  EXPECT_EQ(shown["backlog"], 7);
  EXPECT_EQ(shown["avg_latency_ms"], 12);
  EXPECT_EQ(shown["errors_24h"], 3);
  EXPECT_EQ(shown["last_used"], 1708258939);
}

TEST_F(ServicesTest, WhatWasReadCanBeSentBack) {
  send("POST", "/services", with({{"auth_type", "bearer"}, {"auth_token", "s3cret"}}));
  auto whole = get("/services/crm").json();
  EXPECT_EQ(whole["auth_token"], "********");
  whole["timeout"] = 2.5;
  const auto put = send("PUT", "/services/crm", whole);
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.json()["timeout"], 2.5);
  EXPECT_EQ(hub_.catalog()->service("crm")->auth_token, "s3cret");
}

TEST_F(ServicesTest, PutResetsAndPatchKeeps) {
  send("POST", "/services", with({{"max_retries", 7}, {"timeout", 9}}));
  EXPECT_EQ(send("PATCH", "/services/crm", {{"timeout", 8}}).json()["max_retries"], 7);
  EXPECT_EQ(send("PUT", "/services/crm", kSmall).json()["max_retries"], 3);
}

TEST_F(ServicesTest, FaultsAreNamed) {
  for (const auto& [fields, wrong] :
       std::vector<std::pair<json, std::string>>{{{{"name", "-x"}}, "name"},
                                                 {{{"name", "a/b"}}, "name"},
                                                 {{{"name", nullptr}}, "name"},
                                                 {{{"base_url", "no url"}}, "base_url"},
                                                 {{{"base_url", "ftp://x"}}, "base_url"},
                                                 {{{"type", "amqp"}}, "base_url"},
                                                 {{{"timeout", "5"}}, "timeout"},
                                                 {{{"max_retries", 1.5}}, "max_retries"},
                                                 {{{"colour", "red"}}, "colour"}}) {
    const auto problem =
        expect_problem(send("POST", "/services", with(fields)), 422, "validation_failed");
    bool named = false;
    for (const auto& fault : problem["errors"])
      named = named || fault["field"] == wrong;
    EXPECT_TRUE(named) << problem;
  }
  for (const json& body : {json::array(), json(5), json("text")}) {
    EXPECT_EQ(send("POST", "/services", body).status, 422);
  }
  EXPECT_TRUE(hub_.catalog()->services().empty());
}

TEST_F(ServicesTest, MalformedJsonIsPlaced) {
  auto client = as(Role::kManage);
  const auto problem = expect_problem(
      client.request("POST", "/api/v1/services", "{\"name\":\n \"x\",,}"), 400, "invalid_json");
  EXPECT_NE(problem["detail"].get<std::string>().find("line 2"), std::string::npos);
  expect_problem(client.request("POST", "/api/v1/services", ""), 400, "invalid_json");
}

TEST_F(ServicesTest, NamesAreUnique) {
  send("POST", "/services", kSmall);
  expect_problem(send("POST", "/services", kSmall), 409, "name_taken");
  send("POST", "/services", with({{"name", "CRM"}}));
  expect_problem(send("PATCH", "/services/CRM", {{"name", "crm"}}), 409, "name_taken");
  const auto renamed = send("PATCH", "/services/CRM", {{"name", "erp"}});
  EXPECT_EQ(renamed.json()["name"], "erp");
  expect_problem(get("/services/CRM"), 404, "service_not_found");
}

TEST_F(ServicesTest, UnknownServicesAre404) {
  for (const auto* method : {"GET", "PUT", "PATCH", "DELETE"}) {
    expect_problem(send(method, "/services/none", method[0] == 'P' ? kSmall : json()), 404,
                   "service_not_found");
  }
  for (const auto* action : {"circuit/reset", "pause", "resume", "test"}) {
    expect_problem(send("POST", fmt::format("/services/none/{}", action), nullptr), 404,
                   "service_not_found");
  }
}

TEST_F(ServicesTest, IfMatchGuardsChanges) {
  const auto old = send("POST", "/services", kSmall).header("etag");
  EXPECT_EQ(get("/services/crm").header("etag"), old);
  const auto match = [](const std::string& tag) { return fmt::format("If-Match: {}\r\n", tag); };
  const auto changed = send("PATCH", "/services/crm", {{"timeout", 2}}, match(old));
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.header("etag"), old);
  for (const auto* method : {"PUT", "PATCH", "DELETE"}) {
    const auto body = method[0] == 'P' ? kSmall : json();
    expect_problem(send(method, "/services/crm", body, match(old)), 412, "changed");
    expect_problem(send(method, "/services/crm", body, match("W/" + changed.header("etag"))), 412,
                   "changed");
  }
  EXPECT_EQ(send("PATCH", "/services/crm", {{"timeout", 3}},
                 match("\"other\", " + changed.header("etag")))
                .status,
            200);
  EXPECT_EQ(send("PATCH", "/services/crm", {{"timeout", 3}}, match("*")).status, 200);
}

TEST_F(ServicesTest, ChangesDoNotOverwriteEachOther) {
  send("POST", "/services", kSmall);
  auto first = as(Role::kManage);
  auto second = as(Role::kManage);
  const auto token = hub_.add_token(Role::kManage);
  const auto patch = [&](const std::string& body) {
    return fmt::format(
        "PATCH /api/v1/services/crm HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        token, body.size(), body);
  };
  hub_.hold();
  first.send(patch(R"({"timeout":7})"));
  hub_.wait_until_held();
  second.send(patch(R"({"max_retries":9})"));
  hub_.release();
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(second.receive().status, 200);
  const auto service = hub_.catalog()->service("crm");
  EXPECT_EQ(service->timeout, std::chrono::seconds{7});
  EXPECT_EQ(service->max_retries, 9);
}

TEST_F(ServicesTest, DeleteCountsAndDryRunOnlyCounts) {
  const auto id = hub_.add_service("crm");
  hub_.add_rule("r", "crm", "\\core\\event\\user_created");
  hub_.reader.figures[id].backlog = 4;
  core::DeadLetter letter;
  letter.service_name = "crm";
  hub_.reader.letters.push_back(letter);
  EXPECT_EQ(send("DELETE", "/services/crm?dry_run=true", nullptr).json(),
            (json{{"rules_disabled", 1}, {"pending_dead", 4}, {"dead_letters_kept", 1}}));
  EXPECT_EQ(get("/services/crm").status, 200);
  expect_problem(send("DELETE", "/services/crm?dry_run=maybe", nullptr), 422, "validation_failed");
  EXPECT_EQ(send("DELETE", "/services/crm", nullptr).json()["rules_disabled"], 1);
  EXPECT_EQ(get("/services/crm").status, 404);
}

TEST_F(ServicesTest, ListsArePaged) {
  for (int i = 0; i < 5; ++i)
    hub_.add_service(fmt::format("s{}", i));
  const auto first = get("/services?limit=3").json();
  ASSERT_EQ(first["items"].size(), 3U);
  EXPECT_EQ(first["items"][0]["name"], "s4");
  const auto rest =
      get("/services?limit=3&cursor=" + first["next_cursor"].get<std::string>()).json();
  ASSERT_EQ(rest["items"].size(), 2U);
  EXPECT_EQ(rest["items"][1]["name"], "s0");
  EXPECT_TRUE(rest["next_cursor"].is_null());
}

TEST_F(ServicesTest, PauseAndResume) {
  hub_.add_service("crm");
  EXPECT_EQ(send("POST", "/services/crm/pause", nullptr).json()["paused"], true);
  EXPECT_TRUE(hub_.catalog()->service("crm")->paused);
  EXPECT_EQ(send("POST", "/services/crm/pause", nullptr).status, 200);
  EXPECT_EQ(send("POST", "/services/crm/resume", nullptr).json()["paused"], false);
  EXPECT_FALSE(hub_.catalog()->service("crm")->paused);
}

TEST_F(ServicesTest, CircuitsAreReset) {
  const auto id = hub_.add_service("crm");
  EXPECT_EQ(send("POST", "/services/crm/circuit/reset", nullptr).status, 200);
  EXPECT_EQ(send("POST", "/circuits/reset", nullptr).json(), (json{{"reset", 1}}));
  EXPECT_EQ(hub_.calls(), (std::vector{fmt::format("reset {}", id.value), std::string("reset ")}));
}

TEST_F(ServicesTest, ATestShowsRequestAndResponseWithoutSecrets) {
  const auto body = with({{"base_url", "http://user:pa55@h.example/v1"},
                          {"headers", {{"X-Api-Key", "s3cret"}, {"X-Plain", "shown"}}}});
  send("POST", "/services", body);
  hub_.test_reply.http_status = 404;
  hub_.test_reply.body = "no such";
  hub_.test_reply.latency = std::chrono::microseconds{12'345};
  const auto response = send("POST", "/services/crm/test",
                             {{"endpoint", "/ping"}, {"method", "POST"}, {"payload", {{"a", 1}}}});
  ASSERT_EQ(response.status, 200) << response.body;
  const auto shown = response.json();
  EXPECT_EQ(shown["success"], false);
  EXPECT_EQ(shown["response"]["http_status"], 404);
  EXPECT_EQ(shown["response"]["body"], "no such");
  EXPECT_EQ(shown["latency_ms"], 12);
  EXPECT_EQ(shown["request"]["payload"], R"({"a":1})");
  EXPECT_EQ(shown["request"]["headers"]["X-Plain"], "shown");
  EXPECT_EQ(response.body.find("s3cret"), std::string::npos);
  EXPECT_EQ(response.body.find("pa55"), std::string::npos);
  EXPECT_EQ(hub_.calls().at(0), R"(test POST http://user:pa55@h.example/v1/ping {"a":1})");
}

TEST_F(ServicesTest, ATestThatFailsSaysWhy) {
  hub_.add_service("crm");
  hub_.test_reply.failure = core::Failure::kRefused;
  hub_.test_reply.error = "connection refused";
  const auto shown = send("POST", "/services/crm/test", nullptr).json();
  EXPECT_EQ(shown["success"], false);
  EXPECT_EQ(shown["response"], nullptr);
  EXPECT_EQ(shown["error"], "connection refused");
  for (const json& bad :
       {json{{"method", "BREW"}}, json{{"method", "HEAD"}}, json{{"x", 1}}, json{{"endpoint", 5}},
        json{{"headers", {{"A", "b\r\nc"}}}}, json{{"headers", {{"A", 5}}}}, json::array()}) {
    EXPECT_EQ(send("POST", "/services/crm/test", bad).status, 422) << bad;
  }
}

TEST_F(ServicesTest, OperationsAreThoseOfSoapServices) {
  send("POST", "/services", with({{"type", "soap"}}));
  hub_.operations_answer = R"({"items":[{"name":"Enrol"}],"next_cursor":null})";
  EXPECT_EQ(get("/services/crm/operations").json()["items"][0]["name"], "Enrol");
  EXPECT_EQ(get("/services/crm/operations?refresh=true").status, 200);
  EXPECT_EQ(hub_.calls(), (std::vector<std::string>{"operations crm", "operations crm anew"}));
  hub_.operations_answer = fail(ErrorCode::kValidationFailed, "the WSDL cannot be loaded");
  EXPECT_EQ(get("/services/crm/operations").status, 422);
  EXPECT_EQ(get("/services/crm/operations?refresh=maybe").status, 422);
  EXPECT_EQ(get("/services/none/operations").status, 404);
  send("PATCH", "/services/crm", {{"type", "rest"}});
  const auto rest = get("/services/crm/operations");
  EXPECT_EQ(rest.status, 422);
  EXPECT_EQ(rest.json()["errors"][0]["field"], "type");
}

TEST_F(ServicesTest, ATestWithoutAnOperationLooksAtTheWsdl) {
  send("POST", "/services", with({{"type", "soap"}}));
  const auto shown = send("POST", "/services/crm/test", nullptr).json();
  EXPECT_EQ(shown["success"], true);
  EXPECT_EQ(shown["request"]["url"], "http://127.0.0.1:9/v1");
  EXPECT_EQ(shown["response"]["http_status"], 200);
  EXPECT_EQ(hub_.calls().at(0), "operations crm anew");
  hub_.operations_answer = fail(ErrorCode::kValidationFailed, "the WSDL cannot be loaded");
  const auto broken = send("POST", "/services/crm/test", nullptr).json();
  EXPECT_EQ(broken["success"], false);
  EXPECT_EQ(broken["error"], "the WSDL cannot be loaded");
}

TEST_F(ServicesTest, HeaderBlocksOfSoapAreCheckedAsTemplates) {
  const auto bad =
      send("POST", "/services", with({{"type", "soap"}, {"soap_headers", "<a>{{userID}}</a>"}}));
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(bad.json()["code"], "template_invalid");
  EXPECT_EQ(bad.json()["errors"][0]["field"], "soap_headers");
  EXPECT_EQ(
      send("POST", "/services", with({{"type", "soap"}, {"soap_headers", "<a>{{userid}}</a>"}}))
          .status,
      201);
}

}  // namespace
}  // namespace mih::api
