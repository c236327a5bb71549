#include "engine/inbound_line.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using namespace std::string_literals;
using core::InboundSeq;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours{1}};
const WallTime kWall = from_unix_ms(1'700'000'000'000);

Now at(std::int64_t s) {
  return {kWall + seconds{s}, kStart + seconds{s}};
}

InboundLine::Failure away(std::int64_t retry_s) {
  return {.why = "HTTP 503",
          .tried = true,
          .http_status = 503,
          .latency = {},
          .retry_at = at(retry_s).steady};
}

class InboundLineTest : public testing::Test {
 protected:
  void add(std::int64_t seq, std::int64_t received = 0) {
    line_.add(InboundSeq{seq}, at(received).wall, at(0).steady);
  }
  std::int64_t start(std::int64_t s) {
    return line_.start(at(s).steady).value_or(InboundSeq{}).value;
  }
  InboundLine line_;
};

TEST_F(InboundLineTest, GoesInOrderAFewAtATime) {
  for (std::int64_t seq = 1; seq <= 6; ++seq)
    add(seq);
  EXPECT_EQ(start(0), 1);
  EXPECT_EQ(start(0), 2);
  EXPECT_EQ(start(0), 3);
  EXPECT_EQ(start(0), 4);
  EXPECT_EQ(start(0), 0) << "no more in flight";
  EXPECT_FALSE(line_.next());
  line_.ended(InboundSeq{2});
  EXPECT_EQ(start(0), 5);
  EXPECT_EQ(line_.size(), 5U);
}

TEST_F(InboundLineTest, WaitsLongerAfterEachFailureUpToAMinute) {
  add(1);
  std::int64_t time = 0;
  for (const std::int64_t wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    ASSERT_EQ(start(time), 1);
    line_.failed(InboundSeq{1}, away(time), at(time));
    EXPECT_EQ(start(time + wait - 1), 0) << wait;
    time += wait;
  }
  EXPECT_EQ(line_.attempts(InboundSeq{1}).back().n, 8);
  EXPECT_EQ(line_.attempts(InboundSeq{1}).back().http_status, 503);
}

TEST_F(InboundLineTest, AMessageThatFailsHoldsUpNoOther) {
  add(1);
  add(2);
  ASSERT_EQ(start(0), 1);
  line_.failed(InboundSeq{1}, away(1), at(0));
  EXPECT_EQ(start(1), 2) << "the other was due before";
  line_.ended(InboundSeq{2});
  EXPECT_EQ(start(1), 1);
}

TEST_F(InboundLineTest, WhileTheSiteIsAwayNothingIsTried) {
  add(1);
  add(2);
  ASSERT_EQ(start(0), 1);
  auto closed = away(10);
  closed.tried = false;
  line_.failed(InboundSeq{1}, closed, at(0));
  EXPECT_EQ(line_.next(), at(10).steady);
  EXPECT_EQ(start(9), 0);
  EXPECT_EQ(start(10), 1) << "in order: it was not an attempt";
  EXPECT_TRUE(line_.attempts(InboundSeq{1}).empty());
}

TEST_F(InboundLineTest, OldMessagesAreGivenUpOnlyWhileMoodleDoesNotTakeThem) {
  const std::int64_t three_days = 72 * 3600;
  add(1, 0);
  add(2, 1);
  EXPECT_TRUE(line_.expire(at(three_days).wall).empty()) << "each gets an attempt first";
  ASSERT_EQ(start(three_days), 1);
  line_.failed(InboundSeq{1}, away(three_days), at(three_days));
  EXPECT_EQ(line_.expire(at(three_days).wall), std::vector{InboundSeq{1}});
  EXPECT_TRUE(line_.expire(at(three_days).wall).empty()) << "it is being given up";
  line_.ended(InboundSeq{1});
  EXPECT_EQ(start(three_days), 2);
}

TEST_F(InboundLineTest, RemembersTheLatestAttempts) {
  add(1);
  for (int n = 0; n < 60; ++n)
    line_.attempted(InboundSeq{1}, away(0), at(n).wall);
  const auto attempts = line_.attempts(InboundSeq{1});
  EXPECT_EQ(attempts.size(), InboundLine::kMaxAttempts);
  EXPECT_EQ(attempts.back().n, 60);
}

core::Site site(const std::string& name, bool connected) {
  core::Site made;
  made.name = name;
  if (connected) made.token = core::TokenId{1};
  return made;
}

TEST(InboundSite, IsTheNamedOneOrTheOnlyOne) {
  core::Service service;
  const std::vector one{site("main", true), site("new", false)};
  const std::vector two{site("main", true), site("other", true)};
  EXPECT_EQ(inbound_site(service, one), "main");
  EXPECT_FALSE(inbound_site(service, {}));
  EXPECT_FALSE(inbound_site(service, two));
  service.inbound_site = "other";
  EXPECT_EQ(inbound_site(service, two), "other");
  EXPECT_FALSE(inbound_site(service, one));
}

TEST(InboundPayload, IsAlwaysJson) {
  EXPECT_EQ(inbound_payload(R"( {"n": 1.50})"), R"( {"n": 1.50})");
  EXPECT_EQ(inbound_payload("hello \"you\""), R"("hello \"you\"")");
  EXPECT_EQ(inbound_payload("\xff\x00"s), R"({"base64":"/wA="})");
}

}  // namespace
}  // namespace mih::engine
