#include <fmt/format.h>
#include <thread>

#include "api/testing/server_test.hpp"

/// Deliveries, dead letters, jobs and the log.
namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

class QueueTest : public testing::ServerTest {
 protected:
  testing::RawResponse send(std::string_view method, std::string_view path,
                            const json& body = nullptr, Role role = Role::kManage) {
    auto client = as(role);
    return client.request(method, fmt::format("/api/v1{}", path),
                          body.is_null() ? "" : body.dump());
  }

  core::DeadLetter& add_letter(std::int64_t id) {
    core::DeadLetter letter;
    letter.id = core::DeadLetterId{id};
    letter.delivery_id = fmt::format("d_{}", id);
    letter.reason = core::DeadReason::kExhausted;
    letter.event =
        std::make_shared<core::Event>(core::Event{.seq = core::EventSeq{id},
                                                  .site = "default",
                                                  .id = "e",
                                                  .name = "\\core\\event\\user_created",
                                                  .body = R"({"email":"ada@example.org"})",
                                                  .accepted = {}});
    letter.service_name = "crm";
    letter.rule = core::RuleId{3};
    letter.rule_name = "new users";
    letter.method = "POST";
    letter.url = "http://u:pa55@h/contacts";
    letter.headers = {{"Authorization", "Bearer s3cret"}, {"X-Plain", "ada"}};
    letter.payload = "payload of ada@example.org";
    letter.response = "response to ada@example.org";
    letter.error_message = "HTTP 500";
    letter.http_status = 500;
    letter.attempts = {{.n = 1, .http_status = 500, .error = "HTTP 500"}};
    letter.created = from_unix_ms(1'700'000'000'000);
    hub_.reader.letters.push_back(letter);
    return hub_.reader.letters.back();
  }

  /// The job of a started action, once it has ended.
  json finished(const testing::RawResponse& started) {
    EXPECT_EQ(started.status, 202) << started.body;
    const auto path = "/jobs/" + started.json()["job_id"].get<std::string>();
    EXPECT_EQ(started.header("location"), "/api/v1" + path);
    json job;
    do {
      job = send("GET", path).json();
    } while (job["state"] == "running");
    return job;
  }
};

TEST_F(QueueTest, ADeliveryHasTheDocumentedForm) {
  const auto service = hub_.add_service("crm");
  const auto rule = hub_.add_rule("new users", "crm", "\\core\\event\\user_created");
  store::DeliveryRow row;
  row.row = 1;
  row.id = "d_abc";
  row.event_id = "e1";
  row.eventname = "\\core\\event\\user_created";
  row.rule = rule;
  row.service = service;
  row.created = from_unix_ms(1'700'000'000'500);
  row.progress.state = core::DeliveryState::kRetrying;
  hub_.lane.circuit = core::CircuitState::kOpen;  // so it is parked
  row.progress.due = from_unix_ms(1'700'000'060'000);
  row.progress.attempts = {{.n = 1,
                            .time = from_unix_ms(1'700'000'001'000),
                            .latency = std::chrono::milliseconds{12},
                            .http_status = 503,
                            .error = "HTTP 503",
                            .probe = true}};
  hub_.reader.rows = {row};

  const json expected{{"id", "d_abc"},
                      {"event_id", "e1"},
                      {"eventname", "\\core\\event\\user_created"},
                      {"rule", "new users"},
                      {"rule_id", rule.value},
                      {"service", "crm"},
                      {"state", "parked"},
                      {"parked_because", "circuit_open"},
                      {"attempt_count", 1},
                      {"next_attempt", 1'700'000'060},
                      {"timecreated", 1'700'000'000},
                      {"last_error", "HTTP 503"},
                      {"http_status", 503}};
  EXPECT_EQ(send("GET", "/deliveries").json()["items"][0], expected);
  auto detail = expected;
  detail["attempts"] = {{{"n", 1},
                         {"time", 1'700'000'001},
                         {"latency_ms", 12},
                         {"http_status", 503},
                         {"error", "HTTP 503"},
                         {"probe", true}}};
  EXPECT_EQ(send("GET", "/deliveries/d_abc").json(), detail);
  EXPECT_TRUE(send("GET", "/deliveries?state=delivered").json()["items"].empty());
  expect_problem(send("GET", "/deliveries?state=lost"), 422, "validation_failed");
  expect_problem(send("GET", "/deliveries?rule_id=x"), 422, "validation_failed");
  expect_problem(send("GET", "/deliveries/d_none"), 404, "not_found");
}

TEST_F(QueueTest, WaitingDeliveriesAreRetriedAndCancelled) {
  store::DeliveryRow row;
  row.id = "d_abc";
  hub_.reader.rows = {row};
  EXPECT_EQ(send("POST", "/deliveries/d_abc/retry-now").json()["id"], "d_abc");
  EXPECT_EQ(send("POST", "/deliveries/d_abc/cancel").status, 200);
  EXPECT_EQ(hub_.calls(), (std::vector<std::string>{"retry d_abc", "cancel d_abc"}));
  hub_.action_answer = fail(ErrorCode::kNotWaiting, "It is being sent.");
  expect_problem(send("POST", "/deliveries/d_abc/retry-now"), 409, "not_waiting");
  hub_.action_answer = fail(ErrorCode::kNotFound, "No such delivery.");
  expect_problem(send("POST", "/deliveries/d_none/cancel"), 404, "not_found");
}

TEST_F(QueueTest, DeadLettersAreListedWithoutPersonalData) {
  add_letter(1);
  add_letter(2).replaying = true;
  const auto page = send("GET", "/dead-letters?limit=1");
  const json expected{{"id", 2},
                      {"delivery_id", "d_2"},
                      {"event_id", "e"},
                      {"eventname", "\\core\\event\\user_created"},
                      {"service", "crm"},
                      {"rule", "new users"},
                      {"rule_id", 3},
                      {"reason", "exhausted"},
                      {"error_message", "HTTP 500"},
                      {"http_status", 500},
                      {"attempt_count", 1},
                      {"timecreated", 1'700'000'000},
                      {"state", "replaying"}};
  EXPECT_EQ(page.json()["items"], json::array({expected}));
  EXPECT_EQ(page.json()["next_cursor"], "2");
  EXPECT_TRUE(send("GET", "/dead-letters?reason=rejected").json()["items"].empty());
  for (const auto* query : {"reason=boredom", "from=x", "to=1.5", "rule_id=a", "cursor=x"}) {
    expect_problem(send("GET", fmt::format("/dead-letters?{}", query)), 422, "validation_failed");
  }
}

TEST_F(QueueTest, ADeadLetterShowsEverythingToManageOnly) {
  add_letter(1);
  const auto whole = send("GET", "/dead-letters/1");
  const auto shown = whole.json();
  EXPECT_EQ(shown["payload"], "payload of ada@example.org");
  EXPECT_EQ(shown["response"], "response to ada@example.org");
  EXPECT_EQ(shown["event"]["email"], "ada@example.org");
  EXPECT_EQ(shown["headers"]["X-Plain"], "ada");
  EXPECT_EQ(shown["attempts"][0]["n"], 1);
  EXPECT_EQ(whole.body.find("s3cret"), std::string::npos);
  EXPECT_EQ(whole.body.find("pa55"), std::string::npos);

  const auto hidden = send("GET", "/dead-letters/1", nullptr, Role::kView);
  EXPECT_EQ(hidden.json()["redacted"], true);
  EXPECT_EQ(hidden.body.find("ada"), std::string::npos);
  for (const auto* name : {"payload", "response", "event", "headers"}) {
    EXPECT_FALSE(hidden.json().contains(name)) << name;
  }
  for (const auto* id : {"99", "x", "0"}) {
    expect_problem(send("GET", fmt::format("/dead-letters/{}", id)), 404, "not_found");
  }
}

TEST_F(QueueTest, AReplayIsAJob) {
  for (int i = 1; i <= 3; ++i)
    add_letter(i);
  const auto job = finished(send("POST", "/dead-letters/replay", {{"ids", {3, 1, 3}}}));
  EXPECT_EQ(job["kind"], "replay");
  EXPECT_EQ(job["state"], "done");
  EXPECT_EQ(job["total"], 2);
  EXPECT_EQ(job["done"], 2);
  EXPECT_EQ(job["succeeded"], 1);
  EXPECT_EQ(job["skipped"], 1);
  EXPECT_EQ(job["failed"], 0);
  EXPECT_EQ(job["errors"], json::array({"dead letter 1: it was gone"}));
  EXPECT_EQ(hub_.calls(), std::vector<std::string>{"replay 1,3"});
}

TEST_F(QueueTest, AFilterFixesTheSet) {
  add_letter(1).service_name = "erp";
  for (int i = 2; i <= 4; ++i)
    add_letter(i);
  const auto job =
      finished(send("POST", "/dead-letters/delete", {{"filter", {{"service", "crm"}}}}));
  EXPECT_EQ(job["kind"], "delete");
  EXPECT_EQ(job["total"], 3);
  EXPECT_EQ(hub_.calls(), std::vector<std::string>{"delete 2,3,4"});
}

TEST_F(QueueTest, AReplayMaySendWhatWasSent) {
  add_letter(1);
  finished(send("POST", "/dead-letters/replay", {{"ids", {1}}, {"mode", "as_sent"}}));
  EXPECT_EQ(hub_.calls(), std::vector<std::string>{"replay as sent 1"});
}

TEST_F(QueueTest, ADryRunOnlyCounts) {
  for (int i = 1; i <= 3; ++i)
    add_letter(i);
  for (const auto* action : {"replay", "delete"}) {
    const auto response =
        send("POST", fmt::format("/dead-letters/{}", action), {{"all", true}, {"dry_run", true}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.json(), (json{{"job_id", nullptr}, {"count", 3}}));
  }
  EXPECT_TRUE(hub_.calls().empty());
}

TEST_F(QueueTest, AFilterMayComeWithAll) {
  add_letter(1);
  add_letter(2).service_name = "erp";
  const auto response = send("POST", "/dead-letters/replay",
                             {{"filter", {{"service", "erp"}}}, {"all", true}, {"dry_run", true}});
  EXPECT_EQ(response.json()["count"], 1);
}

TEST_F(QueueTest, ABulkActionMustSayWhatItMeans) {
  add_letter(1);
  for (const auto* action : {"replay", "delete"}) {
    for (const json& body :
         {json::object(), json{{"ids", json::array()}}, json{{"filter", json::object()}},
          json{{"all", false}}, json{{"ids", "all"}}, json{{"ids", {"1"}}}, json{{"ids", {1.5}}},
          json{{"ids", {1}}, {"all", true}}, json{{"filter", {{"colour", 1}}}},
          json{{"filter", {{"reason", "boredom"}}}}, json{{"filter", 5}},
          json{{"ids", {1}}, {"colour", 1}}, json{{"ids", {1}}, {"dry_run", "yes"}},
          json::array({1})}) {
      expect_problem(send("POST", fmt::format("/dead-letters/{}", action), body), 422,
                     "validation_failed");
    }
  }
  const auto problem =
      expect_problem(send("POST", "/dead-letters/replay", {{"ids", {1}}, {"mode", "magic"}}), 422,
                     "validation_failed");
  EXPECT_EQ(problem["errors"][0]["field"], "mode");
  EXPECT_TRUE(hub_.calls().empty());
}

TEST_F(QueueTest, ADeadLetterThatReplaysIsNotDeleted) {
  add_letter(1).replaying = true;
  expect_problem(send("POST", "/dead-letters/delete", {{"ids", {1}}}), 409, "conflict");
  EXPECT_TRUE(hub_.calls().empty());
}

TEST_F(QueueTest, UnknownJobsAre404) {
  expect_problem(send("GET", "/jobs/99"), 404, "not_found");
}

TEST_F(QueueTest, LogRowsHaveTheDocumentedForm) {
  const auto service = hub_.add_service("crm");
  store::LogRow row;
  row.id = 9;
  row.call = {.service = service,
              .kind = store::CallKind::kTest,
              .inbound = false,
              .endpoint = "http://u:pa55@h/x",
              .http_method = "POST",
              .http_status = std::nullopt,
              .latency = std::chrono::milliseconds{7},
              .attempt_count = 2,
              .success = false,
              .error_message = "timeout",
              .eventname = "",
              .delivery_id = "",
              .time = from_unix_ms(1'700'000'000'000)};
  hub_.reader.log_rows = {row};
  const json expected{{"id", 9},
                      {"service", "crm"},
                      {"kind", "test"},
                      {"direction", "outbound"},
                      {"endpoint", "http://u:********@h/x"},
                      {"http_method", "POST"},
                      {"http_status", nullptr},
                      {"latency_ms", 7},
                      {"attempt_count", 2},
                      {"success", false},
                      {"error_message", "timeout"},
                      {"eventname", nullptr},
                      {"delivery_id", nullptr},
                      {"timecreated", 1'700'000'000}};
  EXPECT_EQ(send("GET", "/log?success=false&direction=outbound").json()["items"],
            json::array({expected}));
  EXPECT_TRUE(send("GET", "/log?success=true").json()["items"].empty());
  for (const auto* query : {"success=maybe", "direction=up", "from=x"}) {
    expect_problem(send("GET", fmt::format("/log?{}", query)), 422, "validation_failed");
  }
}

TEST_F(QueueTest, TheLogIsCleared) {
  EXPECT_EQ(send("POST", "/log/clear").status, 204);
  EXPECT_EQ(hub_.calls(), std::vector<std::string>{"clear_log"});
}

}  // namespace
}  // namespace mih::api
