#include <fmt/format.h>

#include "api/inbound_throttle.hpp"
#include "api/testing/server_test.hpp"
#include "base/hash.hpp"
#include "core/webhook_signature.hpp"

namespace mih::api {
namespace {

using core::Role;

class InboundTest : public testing::ServerTest {
 protected:
  InboundTest() {
    crm_ = hub_.add_service("crm");
    hub_.change_service(crm_, [](core::Service& service) {
      service.inbound_enabled = true;
      service.inbound_secret = "s3cret";
    });
    hub_.add_service("closed");
  }
  testing::RawResponse post(std::string_view service, std::string_view body,
                            std::string_view headers = "X-API-Key: s3cret\r\n") {
    auto client = tcp();
    return client.request("POST", fmt::format("/inbound/{}", service), body, headers);
  }
  core::ServiceId crm_;
};

TEST_F(InboundTest, AMessageIsTakenWithItsBytesAndNames) {
  const auto taken = post("crm", R"({"n":1.50})",
                          "Authorization: Bearer s3cret\r\nX-GitHub-Delivery: gh\r\n"
                          "Idempotency-Key: ik\r\nContent-Type: application/json; x=1\r\n");
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.json(), (nlohmann::json{{"id", "m1"}, {"duplicate", false}}));
  hub_.inbound_answer = core::InboundReceipt{"m0", true};
  const auto repeat = post("crm", "[]", "X-API-Key: s3cret\r\nIdempotency-Key: ik\r\n");
  EXPECT_EQ(repeat.json(), (nlohmann::json{{"id", "m0"}, {"duplicate", true}}));
  const auto messages = hub_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].service, crm_);
  EXPECT_EQ(messages[0].service_name, "crm");
  EXPECT_EQ(messages[0].source, core::InboundSource::kWebhook);
  EXPECT_EQ(messages[0].message_id, "gh");
  EXPECT_EQ(messages[0].content_type, "application/json; x=1");
  EXPECT_EQ(messages[0].body, R"({"n":1.50})");
  EXPECT_EQ(messages[1].message_id, "ik");
}

TEST_F(InboundTest, SignaturesProveTheSenderToo) {
  const auto now = to_unix_s(clock_.now().wall);
  const auto signature = core::webhook_signature("s3cret", "id-1", now, "{}");
  EXPECT_EQ(post("crm", "{}",
                 fmt::format("webhook-id: id-1\r\nwebhook-timestamp: {}\r\n"
                             "webhook-signature: {}\r\n",
                             now, signature))
                .status,
            202);
  EXPECT_EQ(hub_.messages()[0].message_id, "id-1");
  const auto mac = to_hex(hmac_sha256("s3cret", "{}"));
  EXPECT_EQ(post("crm", "{}", "X-Hub-Signature-256: sha256=" + mac + "\r\n").status, 202);
  EXPECT_EQ(post("crm", "{ }", "X-Hub-Signature-256: sha256=" + mac + "\r\n").status, 401);
}

TEST_F(InboundTest, AStrangerLearnsNothing) {
  const auto wrong = post("crm", "{}", "X-API-Key: guess\r\n");
  expect_problem(wrong, 401, "unauthorized");
  for (const auto* service : {"nobody", "closed"}) {
    const auto other = post(service, "{}");
    EXPECT_EQ(other.status, 401);
    EXPECT_EQ(other.body, wrong.body) << service;
    EXPECT_EQ(other.header("www-authenticate"), wrong.header("www-authenticate"));
  }
  expect_problem(post("crm", "{", "X-API-Key: guess\r\n"), 401, "unauthorized");
  auto manager = as(Role::kManage);
  EXPECT_EQ(manager.request("POST", "/inbound/crm", "{}").status, 401)
      << "a token of the hub is not the secret of the service";
  EXPECT_TRUE(hub_.messages().empty());
}

TEST_F(InboundTest, TheSecretOpensOnlyWhatIsSwitchedOn) {
  hub_.change_service(crm_, [](core::Service& service) { service.inbound_enabled = false; });
  expect_problem(post("crm", "{}"), 403, "forbidden");
  hub_.change_service(crm_, [](core::Service& service) {
    service.inbound_enabled = true;
    service.enabled = false;
  });
  expect_problem(post("crm", "{}"), 403, "forbidden");
  hub_.change_service(crm_, [](core::Service& service) {
    service.enabled = true;
    service.inbound_secret = "";
  });
  expect_problem(post("crm", "{}"), 401, "unauthorized");
  expect_problem(post("crm", "{}", "X-API-Key: \r\n"), 401, "unauthorized");
}

TEST_F(InboundTest, OtherRefusalsHaveTheirCodes) {
  hub_.inbound_answer = fail(ErrorCode::kInvalidJson, "no");
  expect_problem(post("crm", "x"), 400, "invalid_json");
  hub_.inbound_answer = fail(ErrorCode::kDiskFull, "full");
  expect_problem(post("crm", "{}"), 503, "disk_full");
  auto client = tcp();
  const auto get = client.request("GET", "/inbound/crm", "");
  expect_problem(get, 405, "method_not_allowed");
  EXPECT_EQ(get.header("allow"), "POST");
}

TEST_F(InboundTest, AMessageMayHaveOneMebibyte) {
  EXPECT_EQ(post("crm", std::string(1 << 20, ' ')).status, 202);
  expect_problem(post("crm", std::string((1 << 20) + 1, ' ')), 413, "too_large");
  expect_problem(post("crm", std::string(2 << 20, ' ')), 413, "too_large");
  EXPECT_EQ(hub_.messages().size(), 1U);
}

TEST_F(InboundTest, ManyGuessesAreSlowedDown) {
  int refused = 0;
  testing::RawResponse last;
  for (int i = 0; i < 2 * InboundThrottle::kFailures && last.status != 429; ++i) {
    last = post("crm", "{}", "X-API-Key: guess\r\n");
    refused += last.status == 401 ? 1 : 0;
  }
  expect_problem(last, 429, "rate_limited");
  EXPECT_FALSE(last.header("retry-after").empty());
  EXPECT_GE(refused, InboundThrottle::kFailures);
  expect_problem(post("crm", "{}"), 429, "rate_limited");
}

}  // namespace
}  // namespace mih::api
