#include "app/site_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"

namespace mih::app {
namespace {

using core::SiteFailure;
using testing::HasSubstr;

core::Reply answer(int status, std::string body) {
  core::Reply reply;
  reply.http_status = status;
  reply.body = std::move(body);
  return reply;
}

core::Site site() {
  core::Site site;
  site.name = "main";
  site.callback_url = "https://moodle.example/local/integrationhub/callback.php";
  site.callback_key = "key";
  return site;
}

const Now kNow{from_unix_ms(1'700'000'000'000), SteadyTime{}};

TEST(SiteCall, AsksForPeopleAndCourses) {
  const auto call = look_up_call(site(), {{5, 6}, {12}}, kNow);
  EXPECT_EQ(nlohmann::json::parse(call.body),
            nlohmann::json::parse(R"({"action":"look_up","users":[5,6],"courses":[12]})"));
  EXPECT_EQ(call.url, site().callback_url);
  EXPECT_TRUE(call.trusted_host);
}

TEST(SiteCall, HandsAMessageOverWithItsPayloadAsItIs) {
  const core::InboundMessage message{.id = "in_1",
                                     .service = core::ServiceId{3},
                                     .service_name = "crm",
                                     .source = core::InboundSource::kAmqp,
                                     .body = R"({"n":129.950})"};
  const auto call = inbound_call(site(), message, kNow);
  EXPECT_THAT(call.body, HasSubstr(R"("payload":{"n":129.950})"));
  const auto sent = nlohmann::json::parse(call.body)["message"];
  EXPECT_EQ(sent["serviceid"], 3);
  EXPECT_EQ(sent["source"], "amqp");
}

TEST(SiteCall, IsSignedOverTimeNonceAndBody) {
  const auto call = look_up_call(site(), {{5}, {}}, kNow);
  ASSERT_EQ(call.headers.size(), 2U);
  const auto& signature = call.headers[1].second;
  ASSERT_EQ(signature.substr(0, 15), "t=1700000000,n=");
  const auto nonce = signature.substr(15, 32);
  EXPECT_EQ(signature.substr(47),
            ",v1=" + to_hex(hmac_sha256("key", "1700000000." + nonce + "." + call.body)));
}

TEST(SiteCall, ReadsWhatWasFound) {
  const auto found = looked_up(answer(200, R"({"users":{"5":{"id":5,"x":1.50}},"courses":{}})"));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (core::LookedUp{{{5, R"({"id":5,"x":1.50})"}}, {}}));
}

TEST(SiteCall, AnEmptyListOfPhpIsNobody) {
  const auto found = looked_up(answer(200, R"({"users":[],"courses":[]})"));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, core::LookedUp{});
}

TEST(SiteCall, SomebodyElsesPageIsNoAnswer) {
  EXPECT_FALSE(looked_up(answer(200, "<html>")));
  EXPECT_FALSE(looked_up(answer(503, "{}")));
  auto cut = answer(200, "{}");
  cut.truncated = true;
  EXPECT_FALSE(looked_up(cut));
}

TEST(SiteCall, OnlyTheConnectorRefusesAMessage) {
  EXPECT_TRUE(taken(answer(200, R"({"taken":true,"duplicate":false})")));
  const auto refused = taken(answer(422, R"({"status":422,"detail":"This is no message."})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, SiteFailure::Kind::kRefused);
  EXPECT_EQ(refused.error().why, "HTTP 422: This is no message.");
  for (const auto& other : {answer(404, "<html>"), answer(429, "{}"), answer(200, "{}"),
                            answer(500, R"({"status":500,"detail":"broken"})"),
                            answer(404, R"({"status":403,"detail":"odd"})")}) {
    const auto failed = taken(other);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, SiteFailure::Kind::kAway) << other.body;
  }
}

TEST(SiteCall, TellsWhyThereIsNoAnswer) {
  core::Reply reply;
  reply.failure = core::Failure::kRefused;
  reply.error = "connection refused";
  EXPECT_EQ(trouble_of(reply), "connection refused");
  EXPECT_EQ(trouble_of(answer(502, "")), "HTTP 502");
}

}  // namespace
}  // namespace mih::app
