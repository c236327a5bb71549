#include <fmt/format.h>

#include "api/testing/server_test.hpp"

/// The routes of the gateway.
namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;

class GatewayTest : public testing::ServerTest {
 protected:
  GatewayTest() { hub_.add_service("crm"); }

  testing::RawResponse send(std::string_view path, const json& body) {
    if (!plugin_) plugin_.emplace(as(Role::kIngest));
    return plugin_->request("POST", fmt::format("/api/v1/services/{}", path), body.dump());
  }

  std::optional<testing::RawClient> plugin_;
};

TEST_F(GatewayTest, AResultIsShownAsItWas) {
  hub_.gateway_result.success = true;
  hub_.gateway_result.reply.http_status = 201;
  hub_.gateway_result.reply.body = R"({"id":5})";
  hub_.gateway_result.attempts = 2;
  hub_.gateway_result.latency = std::chrono::milliseconds{1200};
  const auto answer = send("crm/request", {{"endpoint", "/users"},
                                           {"method", "put"},
                                           {"payload", {{"n", 1}}},
                                           {"headers", {{"X-A", "1"}}},
                                           {"timeout", 0.5}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json(), (json{{"success", true},
                                 {"http_status", 201},
                                 {"body", R"({"id":5})"},
                                 {"error", nullptr},
                                 {"latency_ms", 1200},
                                 {"attempts", 2}}));
  EXPECT_EQ(hub_.calls(), std::vector<std::string>{R"(request {"endpoint":"/users","method":"PUT",)"
                                                   R"("payload":{"n":1},"headers":{"X-A":"1"}})"});
}

TEST_F(GatewayTest, EverythingHasADefault) {
  send("crm/request", json::object());
  EXPECT_EQ(hub_.calls(),
            std::vector<std::string>{
                R"(request {"endpoint":"/","method":"POST","payload":null,"headers":{}})"});
}

TEST_F(GatewayTest, AFailureSaysWhatHappened) {
  hub_.gateway_result.attempts = 4;
  hub_.gateway_result.reply.failure = core::Failure::kRefused;
  hub_.gateway_result.reply.error = "connection refused";
  auto answer = send("crm/request", json::object()).json();
  EXPECT_EQ(answer["success"], false);
  EXPECT_EQ(answer["http_status"], nullptr);
  EXPECT_EQ(answer["body"], nullptr);
  EXPECT_EQ(answer["error"], "connection refused");
  hub_.gateway_result.reply = {};
  hub_.gateway_result.reply.http_status = 429;
  answer = send("crm/request", json::object()).json();
  EXPECT_EQ(answer["http_status"], 429);
  EXPECT_EQ(answer["body"], "");
  EXPECT_EQ(answer["error"], "HTTP 429");
}

TEST_F(GatewayTest, WithoutAnAttemptTheErrorSaysWhy) {
  using Kind = GatewayResult::Kind;
  for (const auto& [kind, error] :
       {std::pair{Kind::kBusy, "busy"}, std::pair{Kind::kRateLimited, "rate_limited"}}) {
    hub_.gateway_result.kind = kind;
    const auto answer = send("crm/request", json::object());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json()["error"], error);
    EXPECT_EQ(answer.json()["attempts"], 0);
    EXPECT_EQ(answer.json()["success"], false);
  }
}

TEST_F(GatewayTest, BytesThatAreNoTextComeAsBase64Too) {
  hub_.gateway_result.success = true;
  hub_.gateway_result.attempts = 1;
  hub_.gateway_result.reply.http_status = 200;
  hub_.gateway_result.reply.body = "a\xff";
  hub_.gateway_result.reply.truncated = true;
  const auto answer = send("crm/request", json::object()).json();
  EXPECT_EQ(answer["body"], "a\xEF\xBF\xBD");
  EXPECT_EQ(answer["body_base64"], "Yf8=");
  EXPECT_EQ(answer["truncated"], true);
}

TEST_F(GatewayTest, AnOpenCircuitIs503WithTheTimeToComeBack) {
  hub_.gateway_result.kind = GatewayResult::Kind::kCircuitOpen;
  hub_.gateway_result.retry_in = std::chrono::milliseconds{12'300};
  const auto answer = send("crm/request", json::object());
  expect_problem(answer, 503, "circuit_open");
  EXPECT_EQ(answer.header("retry-after"), "13");
}

TEST_F(GatewayTest, UnknownAndDisabledServicesAreNamed) {
  expect_problem(send("erp/request", json::object()), 404, "service_not_found");
  expect_problem(send("erp/enqueue", json::object()), 404, "service_not_found");
  auto manager = as(Role::kManage);
  ASSERT_EQ(manager.request("PATCH", "/api/v1/services/crm", R"({"enabled":false})").status, 200);
  expect_problem(send("crm/request", json::object()), 409, "service_disabled");
  EXPECT_EQ(send("crm/enqueue", {{"id", "c1"}}).status, 202) << "it waits";
}

TEST_F(GatewayTest, BadCallsAreRefusedWithTheField) {
  const std::vector<std::pair<json, std::string>> bad{
      {{{"method", "BREW"}}, "method"},
      {{{"timeout", 0}}, "timeout"},
      {{{"timeout", 301}}, "timeout"},
      {{{"timeout", "5"}}, "timeout"},
      {{{"endpoint", 5}}, "endpoint"},
      {{{"headers", {{"X A", "1"}}}}, "headers"},
      {{{"headers", {{"X-A", "1\r\nX-B: 2"}}}}, "headers"},
      {{{"colour", 1}}, "colour"},
      {{{"method", "GET"}, {"payload", {1, 2}}}, "payload"}};
  for (const auto* action : {"request", "enqueue"}) {
    for (const auto& [body, field] : bad) {
      const auto problem =
          expect_problem(send(fmt::format("crm/{}", action), body), 422, "validation_failed");
      EXPECT_EQ(problem["errors"][0]["field"], field) << body;
    }
  }
  for (const auto& id : {json{""}, json{"a b"}, json{std::string(65, 'x')}, json{5}}) {
    const auto problem =
        expect_problem(send("crm/enqueue", {{"id", id}}), 422, "validation_failed");
    EXPECT_EQ(problem["errors"][0]["field"], "id");
  }
  expect_problem(send("crm/request", {{"id", "c1"}}), 422, "validation_failed");
  EXPECT_TRUE(hub_.calls().empty());
}

TEST_F(GatewayTest, AnEnqueuedCallIsAnsweredWithItsDelivery) {
  const auto answer = send("crm/enqueue", {{"id", "c1"}, {"payload", {{"a", 1}}}});
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.json(), (json{{"delivery_id", "d_c1"}}));
  EXPECT_EQ(hub_.calls(),
            std::vector<std::string>{R"(enqueue default c1 {"endpoint":"/","method":"POST",)"
                                     R"("payload":{"a":1},"headers":{}})"});
}

TEST_F(GatewayTest, AnEnqueuedCallMayHaveAMebibyte) {
  const auto answer = send("crm/enqueue", {{"payload", std::string(1U << 20U, 'x')}});
  expect_problem(answer, 413, "too_large");
}

}  // namespace
}  // namespace mih::api
