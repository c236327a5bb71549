#include "app/site_caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mih::app {
namespace {

using core::LookedUp;
using core::SiteFailure;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ManualClock final : public Clock {
 public:
  Now now() const override { return {from_unix_ms(1'000'000) + passed, SteadyTime{} + passed}; }
  seconds passed{1000};
};

/// Sites whose answers the test gives.
class SiteCallerTest : public testing::Test {
 protected:
  struct Call {
    transport::CallId id;
    nlohmann::json body;
  };

  SiteCallerTest() {
    core::Site site;
    site.name = "main";
    site.token = core::TokenId{1};
    site.callback_url = "http://moodle.example/";
    sites_.push_back(site);
    site.name = "other";
    sites_.push_back(site);
    site.name = "unconnected";
    site.token = {};
    sites_.push_back(site);
  }

  void look_up(const std::string& site, std::vector<std::int64_t> users) {
    caller_.look_up(site, {std::move(users), {}}, [this](auto result) {
      if (result) {
        found_.push_back(std::move(*result));
      } else {
        failures_.push_back(std::move(result.error()));
      }
    });
  }

  void deliver(const std::string& site) {
    const core::InboundMessage message{
        .id = "in_1", .service = core::ServiceId{3}, .service_name = "crm", .body = "{}"};
    caller_.deliver_inbound(site, message, [this](auto result) {
      if (result) {
        ++taken_;
      } else {
        failures_.push_back(std::move(result.error()));
      }
    });
  }

  void answer(int status, std::string body) {
    ASSERT_FALSE(calls_.empty());
    core::Reply reply;
    reply.http_status = status;
    reply.body = std::move(body);
    const auto id = calls_.front().id;
    calls_.erase(calls_.begin());
    caller_.on_reply(id, std::move(reply));
  }

  /// Lets look-ups of a site fail until its circuit is open.
  void break_down(const std::string& site) {
    for (int i = 0; i < 3; ++i) {
      look_up(site, {1});
      answer(503, "");
    }
    failures_.clear();
  }

  ManualClock clock_;
  std::vector<core::Site> sites_;
  std::vector<Call> calls_;
  std::vector<LookedUp> found_;
  std::vector<SiteFailure> failures_;
  int taken_ = 0;
  SiteCaller caller_{{.send =
                          [this](transport::CallId id, const core::Request& request) {
                            calls_.push_back({id, nlohmann::json::parse(request.body)});
                          },
                      .find_site = [this](std::string_view name) -> std::optional<core::Site> {
                        const auto site = std::ranges::find(sites_, name, &core::Site::name);
                        return site == sites_.end() ? std::nullopt : std::optional(*site);
                      },
                      .clock = clock_},
                     100};
};

TEST_F(SiteCallerTest, LooksUpInBatches) {
  look_up("main", {5});
  look_up("main", {6});
  look_up("main", {7, 5});
  ASSERT_THAT(calls_, SizeIs(1));
  EXPECT_EQ(calls_[0].body["users"], nlohmann::json({5}));
  EXPECT_GT(calls_[0].id, 100U);
  answer(200, R"({"users":{"5":{"id":5}},"courses":{}})");
  EXPECT_THAT(found_, ElementsAre(LookedUp{{{5, R"({"id":5})"}}, {}}));
  ASSERT_THAT(calls_, SizeIs(1));
  EXPECT_EQ(calls_[0].body["users"], nlohmann::json({6, 7}));
  answer(200, R"({"users":{"7":{"id":7}},"courses":{}})");
  EXPECT_THAT(found_, SizeIs(3));
  EXPECT_EQ(found_[1].users.at(6), std::nullopt);
  EXPECT_EQ(found_[2].users.at(5), R"({"id":5})");
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(SiteCallerTest, AFailedCallIsTheFailureOfAllThatWait) {
  look_up("main", {5});
  look_up("main", {6});
  answer(503, "");
  ASSERT_THAT(failures_, SizeIs(2));
  EXPECT_EQ(failures_[0].kind, SiteFailure::Kind::kAway);
  EXPECT_EQ(failures_[0].why, "HTTP 503");
  EXPECT_EQ(failures_[0].retry_at, clock_.now().steady + seconds{1});
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(SiteCallerTest, ADeadSiteIsAskedByOneProbeAfterTheCooldown) {
  break_down("main");
  look_up("main", {1});
  EXPECT_THAT(calls_, IsEmpty());
  ASSERT_THAT(failures_, SizeIs(1));
  EXPECT_EQ(failures_[0].retry_at, clock_.now().steady + seconds{10});
  clock_.passed += seconds{10};
  look_up("main", {1});
  deliver("main");  // the permit is taken
  ASSERT_THAT(calls_, SizeIs(1));
  EXPECT_THAT(failures_, SizeIs(2));
  answer(200, "{}");
  EXPECT_THAT(found_, SizeIs(1));
  deliver("main");
  EXPECT_THAT(calls_, SizeIs(1));
}

TEST_F(SiteCallerTest, ADeadSiteDisturbsNoOther) {
  break_down("main");
  look_up("other", {1});
  answer(200, "{}");
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(SiteCallerTest, ASiteThatTakesTheListIsBack) {
  break_down("main");
  core::Request list;
  list.body = "{}";
  bool heard = false;
  caller_.call("main", list, [&](const core::Reply&) { heard = true; });
  answer(200, R"({"version":5})");
  EXPECT_TRUE(heard);
  look_up("main", {1});
  EXPECT_THAT(calls_, SizeIs(1));
}

TEST_F(SiteCallerTest, AMessageIsTakenRefusedOrFails) {
  deliver("main");
  answer(200, R"({"taken":true})");
  EXPECT_EQ(taken_, 1);
  for (int i = 0; i < 5; ++i) {
    deliver("main");
    answer(422, R"({"status":422,"detail":"No."})");
  }
  ASSERT_THAT(failures_, SizeIs(5));
  EXPECT_EQ(failures_[4].kind, SiteFailure::Kind::kRefused);  // whoever refuses is alive
  failures_.clear();
  for (int i = 0; i < 3; ++i) {
    deliver("main");
    answer(500, "");
  }
  deliver("main");
  EXPECT_THAT(calls_, IsEmpty());
  ASSERT_THAT(failures_, SizeIs(4));
  EXPECT_EQ(failures_[3].kind, SiteFailure::Kind::kAway);
  EXPECT_EQ(failures_[3].retry_at, clock_.now().steady + seconds{10});
}

TEST_F(SiteCallerTest, SitesThatAreNotThereAreNotAsked) {
  look_up("nobody", {1});
  deliver("nobody");
  look_up("unconnected", {1});
  deliver("unconnected");
  EXPECT_THAT(calls_, IsEmpty());
  ASSERT_THAT(failures_, SizeIs(4));
  EXPECT_EQ(failures_[0].kind, SiteFailure::Kind::kRefused);
  EXPECT_EQ(failures_[1].kind, SiteFailure::Kind::kRefused);
  EXPECT_EQ(failures_[2].kind, SiteFailure::Kind::kAway);
  EXPECT_EQ(failures_[3].kind, SiteFailure::Kind::kAway);
}

TEST_F(SiteCallerTest, ALateReplyIsIgnored) {
  caller_.on_reply(7, {});
  EXPECT_THAT(found_, IsEmpty());
}

}  // namespace
}  // namespace mih::app
