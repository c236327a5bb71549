#include "bench/hub_api.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/delivery.hpp"

namespace mih::bench {
namespace {

/// The interface of a hub that gives one answer.
class HubApiTest : public testing::Test {
 protected:
  HubApi api(std::string_view body) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    server_ = Fd{pair[1]};
    EXPECT_TRUE(
        write_all(server_, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                               "\r\n\r\n" + std::string{body}));
    return HubApi{HttpClient{[fd = pair[0]]() -> Result<Fd> { return Fd{fd}; }, "localhost", ""}};
  }

  Fd server_;
};

TEST_F(HubApiTest, ReadsTheSummary) {
  const auto counts = api(R"({"events_accepted":9,"deliveries":{"created":7,"delivered":4,
                              "dead":1,"open":2},"alerts":[]})")
                          .counts();
  ASSERT_TRUE(counts) << counts.error().detail;
  EXPECT_EQ(counts->accepted, 9);
  EXPECT_EQ(counts->delivered, 4);
  EXPECT_TRUE(counts->add_up());
}

TEST_F(HubApiTest, SeesCountsThatDoNotAddUp) {
  const auto counts =
      api(R"({"events_accepted":9,"deliveries":{"created":8,"delivered":4,"dead":1,"open":2}})")
          .counts();
  ASSERT_TRUE(counts);
  EXPECT_FALSE(counts->add_up());
}

TEST_F(HubApiTest, SaysWhatAnAnswerLacks) {
  const auto counts = api(R"({"events_accepted":9,"deliveries":{"created":"8"}})").counts();
  ASSERT_FALSE(counts);
  EXPECT_NE(counts.error().detail.find("deliveries.created"), std::string::npos);
  EXPECT_FALSE(api("[]").counts());
  EXPECT_FALSE(api("").counts());
  EXPECT_FALSE(api("nonsense").make_ingest_token());
}

TEST_F(HubApiTest, ReadsCircuitRuleAndToken) {
  const auto circuit = api(R"({"circuit":{"state":"open","failure_count":5}})").circuit("crm");
  ASSERT_TRUE(circuit);
  EXPECT_EQ(circuit->state, "open");
  EXPECT_EQ(circuit->failure_count, 5);
  EXPECT_EQ(api(R"({"id":7})").add_rule("{}").value(), core::RuleId{7});
  EXPECT_EQ(api(R"({"token":"mih_x"})").make_ingest_token().value(), "mih_x");
}

TEST(ExpectDeliveries, ExpectsOneOfEachRule) {
  EventId id{};
  id[0] = 1;
  const std::vector<Acknowledged> acknowledged{{.ids = {id}, .sent = {}, .answered = {}}};
  const std::vector<core::RuleId> rules{core::RuleId{1}, core::RuleId{2}};
  Ledger ledger;
  expect_deliveries(ledger, acknowledged, rules);
  EXPECT_EQ(ledger.balance().expected, 2);
  const auto delivery = core::delivery_id("default", to_text(id), core::RuleId{2});
  ledger.arrived(std::vector<Arrival>{{hash_id(delivery), {}}});
  EXPECT_EQ(ledger.balance().missing(), 1);
  EXPECT_EQ(ledger.balance().unexpected, 0);
}

}  // namespace
}  // namespace mih::bench
