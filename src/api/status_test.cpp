#include <fmt/format.h>

#include "api/openapi.hpp"
#include "api/route.hpp"
#include "api/testing/server_test.hpp"
#include "base/hash.hpp"
#include "core/fields.hpp"

/// Settings, tokens, health, counts, and the description of the API.
namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

class StatusTest : public testing::ServerTest {
 protected:
  testing::RawResponse send(testing::RawClient client, std::string_view method,
                            std::string_view path, const json& body = nullptr,
                            std::string_view extra = {}) {
    return client.request(method, path, body.is_null() ? "" : body.dump(), extra);
  }
};

TEST_F(StatusTest, SettingsAreReadAndPatched) {
  const auto old = send(as(Role::kView), "GET", "/api/v1/settings");
  EXPECT_EQ(old.json()["max_log_entries"], 500);
  const auto match = fmt::format("If-Match: {}\r\n", old.header("etag"));
  const auto changed =
      send(as(Role::kManage), "PATCH", "/api/v1/settings", {{"max_log_entries", 7}}, match);
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.json()["max_log_entries"], 7);
  EXPECT_EQ(changed.json()["event_retention_count"], 100'000);
  EXPECT_EQ(hub_.settings().max_log_entries, 7);
  expect_problem(
      send(as(Role::kManage), "PATCH", "/api/v1/settings", {{"max_log_entries", 8}}, match), 412,
      "changed");
  for (const json& bad : {json{{"max_log_entries", -1}}, json{{"max_log_entries", "7"}},
                          json{{"colour", 1}}, json::array()}) {
    expect_problem(send(as(Role::kManage), "PATCH", "/api/v1/settings", bad), 422,
                   "validation_failed");
  }
  expect_problem(send(as(Role::kManage), "PUT", "/api/v1/settings", json::object()), 405,
                 "method_not_allowed");
}

TEST_F(StatusTest, ATokenIsShownOnceAndWorks) {
  const auto made =
      send(admin(), "POST", "/api/v1/tokens", {{"role", "view"}, {"name", "dashboard"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto secret = made.json()["token"].get<std::string>();
  EXPECT_TRUE(secret.starts_with("mih_"));
  EXPECT_EQ(secret.size(), 4U + 64U);
  EXPECT_EQ(made.json()["role"], "view");
  EXPECT_EQ(made.json()["name"], "dashboard");

  auto client = tcp();
  client.use_token(secret);
  EXPECT_EQ(client.request("GET", "/api/v1/services").status, 200);

  const auto listed = send(admin(), "GET", "/api/v1/tokens");
  EXPECT_EQ(listed.json()["items"][0]["id"], made.json()["id"]);
  EXPECT_EQ(listed.body.find(secret), std::string::npos);
  EXPECT_EQ(listed.body.find(to_hex(sha256(secret))), std::string::npos);

  const auto path = made.header("location");
  EXPECT_EQ(send(admin(), "DELETE", path).status, 204);
  expect_problem(send(admin(), "DELETE", path), 404, "not_found");
  expect_problem(send(admin(), "DELETE", "/api/v1/tokens/x"), 404, "not_found");
}

TEST_F(StatusTest, BadTokensAre422) {
  for (const json& body : {json::object(), json{{"role", "king"}}, json{{"role", 5}},
                           json{{"role", "none"}}, json{{"role", "view"}, {"colour", 1}},
                           json{{"role", "view"}, {"name", std::string(300, 'x')}}}) {
    expect_problem(send(admin(), "POST", "/api/v1/tokens", body), 422, "validation_failed");
  }
}

TEST_F(StatusTest, TheSummaryHasTheDocumentedForm) {
  const auto service = hub_.add_service("crm");
  hub_.add_service("erp");
  hub_.lane.circuit = core::CircuitState::kOpen;
  hub_.reader.counted = {.events_accepted = 10,
                         .duplicates = 1,
                         .deduplicated = 2,
                         .unmatched = 3,
                         .created = 9,
                         .delivered = 4,
                         .dead = 2};
  hub_.reader.figures[service].backlog = 3;
  hub_.reader.letters.resize(2);
  EXPECT_EQ(send(as(Role::kView), "GET", "/api/v1/stats/summary").json(),
            (json{{"events_accepted", 10},
                  {"duplicates", 1},
                  {"deduplicated", 2},
                  {"unmatched", 3},
                  {"deliveries", {{"created", 9}, {"delivered", 4}, {"dead", 2}, {"open", 3}}},
                  {"dead_letters", 2},
                  {"backlog", 3},
                  {"oldest_pending_s", nullptr},
                  {"circuits_open", 2},
                  {"inbound_waiting", 0},
                  {"alerts", json::array()}}));
  hub_.reader.oldest = clock_.now().wall - std::chrono::hours{1};
  EXPECT_GE(send(as(Role::kView), "GET", "/api/v1/stats/summary").json()["oldest_pending_s"], 3600);
}

TEST_F(StatusTest, AlertsAreInTheSummaryAndInTheMetrics) {
  const auto service = hub_.add_service("crm");
  hub_.raised = {{.kind = core::AlertKind::kCircuitOpen,
                  .service = service,
                  .service_name = "crm",
                  .site = {},
                  .site_name = "",
                  .since = from_unix_ms(1'708'258'939'500),
                  .raised = true,
                  .message = "look at it"},
                 {.kind = core::AlertKind::kSiteSilent,
                  .service = {},
                  .service_name = "",
                  .site = core::SiteId{3},
                  .site_name = "main",
                  .since = from_unix_ms(1'708'258'940'000),
                  .raised = true,
                  .message = "look at its cron"}};
  EXPECT_EQ(send(as(Role::kView), "GET", "/api/v1/stats/summary").json()["alerts"],
            json::parse(R"([{"kind": "circuit_open", "service": "crm", "site": null,
                             "since": 1708258939, "message": "look at it"},
                            {"kind": "site_silent", "service": null, "site": "main",
                             "since": 1708258940, "message": "look at its cron"}])"));
  const auto metrics = send(tcp(), "GET", "/metrics").body;
  for (const std::string line :
       {"mih_alert{kind=\"circuit_open\",service=\"crm\",site=\"\"} 1\n",
        "mih_alert{kind=\"site_silent\",service=\"\",site=\"main\"} 1\n"}) {
    EXPECT_NE(metrics.find('\n' + line), std::string::npos) << line << metrics;
  }
}

TEST_F(StatusTest, ReadinessTellsItsReasons) {
  EXPECT_EQ(send(tcp(), "GET", "/healthz").status, 200);
  EXPECT_EQ(send(tcp(), "GET", "/readyz").status, 200);
  hub_.reasons = {"recovering"};
  const auto response = send(tcp(), "GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.json(), (json{{"reasons", {"recovering"}}}));
  EXPECT_EQ(send(tcp(), "GET", "/healthz").status, 200);
}

TEST_F(StatusTest, MetricsAreInThePrometheusFormat) {
  const auto id = hub_.add_service("crm");
  hub_.lane.circuit = core::CircuitState::kOpen;
  hub_.lane.delivered = 5;
  hub_.reader.counted.events_accepted = 12;
  hub_.reader.figures[id].backlog = 3;
  hub_.reader.letter_figures["crm"].letters = 4;
  hub_.reader.letter_figures["crm"].bytes = 1234;
  hub_.add_service("erp");
  const auto response = send(tcp(), "GET", "/metrics");
  EXPECT_TRUE(response.header("content-type").starts_with("text/plain; version=0.0.4"));
  for (const std::string line :
       {"mih_events_accepted_total 12\n", "mih_backlog{service=\"crm\"} 3\n",
        "mih_circuit_state{service=\"crm\"} 2\n", "mih_dead_letters{service=\"crm\"} 4\n",
        "mih_dead_letters{service=\"erp\"} 0\n", "mih_dead_letter_bytes{service=\"crm\"} 1234\n",
        "mih_oldest_pending_seconds{service=\"crm\"} 0\n",
        "mih_deliveries_total{service=\"crm\",outcome=\"delivered\"} 5\n"}) {
    EXPECT_NE(response.body.find('\n' + line), std::string::npos) << line << response.body;
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

TEST_F(StatusTest, TheDescriptionCoversExactlyTheRoutes) {
  const auto document = send(tcp(), "GET", "/api/v1/openapi.json").json();
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::size_t described = 0;
  for (const auto& item : document["paths"])
    described += item.size();
  EXPECT_EQ(described, routes().size());
  for (const auto& route : routes()) {
    const auto name = fmt::format("{} {}", name_of(route.method), route.pattern);
    const auto& paths = document["paths"];
    ASSERT_TRUE(paths.contains(std::string(route.pattern))) << name;
    const auto& item = paths[std::string(route.pattern)];
    ASSERT_TRUE(item.contains(lower(name_of(route.method)))) << name;
    const auto& operation = item[lower(name_of(route.method))];
    EXPECT_EQ(operation["x-role"], std::string(core::name_of(route.role))) << name;
    EXPECT_EQ(operation["x-reach"], std::string(name_of(route.reach))) << name;
  }
}

template <class T>
void expect_fields(const json& schema, std::span<const core::Field<T>> fields) {
  EXPECT_EQ(schema["properties"].size(), fields.size());
  for (const auto& field : fields) {
    ASSERT_TRUE(schema["properties"].contains(std::string(field.name))) << field.name;
    const auto& property = schema["properties"][std::string(field.name)];
    EXPECT_FALSE(property["description"].empty()) << field.name;
    const auto* secret = field.secret ? "whole" : field.url_password ? "url_password" : "";
    EXPECT_EQ(property.value("x-secret", ""), secret) << field.name;
    if (const auto* choice = std::get_if<core::Choice<T>>(&field.access)) {
      EXPECT_EQ(property["enum"],
                json(std::vector<std::string>(choice->names.begin(), choice->names.end())))
          << field.name;
    }
  }
}

TEST(OpenapiTest, SchemasHaveTheFieldsOfTheProgram) {
  const auto schemas = json::parse(openapi_document())["components"]["schemas"];
  expect_fields(schemas["ServiceFields"], core::service_fields());
  expect_fields(schemas["RuleFields"], core::rule_fields());
  expect_fields(schemas["Settings"], core::settings_fields());
}

/// Every "$ref" below the value.
void collect_references(const json& value, std::vector<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.push_back(value["$ref"]);
  if (!value.is_structured()) return;
  for (const auto& part : value)
    collect_references(part, out);
}

TEST(OpenapiTest, ReferencesLeadSomewhere) {
  const auto document = json::parse(openapi_document());
  std::vector<std::string> references;
  collect_references(document, references);
  ASSERT_FALSE(references.empty());
  for (const auto& reference : references) {
    EXPECT_TRUE(document.contains(json::json_pointer(reference.substr(1)))) << reference;
  }
}

}  // namespace
}  // namespace mih::api
