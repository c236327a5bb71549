#include "delivery/testing/dispatcher_fixture.hpp"

namespace mih::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Deliveries of a rule whose payload names the user of the event.
class EnrichmentTest : public DispatcherTest {
 protected:
  EnrichmentTest() {
    rule_.payload_template = R"({"mail": {{user.email}}})";
    service_.max_concurrency = 2;
  }

  core::Delivery of_user(std::int64_t seq, int user, std::string order = "") {
    auto made = delivery(seq, std::move(order));
    auto event = *made.event;
    event.body = "{\"userid\":" + std::to_string(user) + "}";
    made.event = std::make_shared<const core::Event>(std::move(event));
    return made;
  }
  void accept_of(std::int64_t seq, int user, std::string order = "") {
    std::vector<core::Delivery> deliveries;
    deliveries.push_back(of_user(seq, user, std::move(order)));
    dispatcher_->add(std::move(deliveries), now_);
    run();
  }

  /// Answers the oldest query: everybody has the address `N@MAIL`.
  void look_up(const std::string& mail = "example.org") {
    ASSERT_FALSE(queries_.empty()) << "nothing was asked";
    const auto query = queries_.front();
    queries_.pop_front();
    core::LookedUp found;
    for (const auto id : query.wanted.users) {
      const auto address = std::to_string(id) + "@" + mail;
      found.users[id] = "{\"email\":\"" + address + "\"}";
    }
    dispatcher_->on_looked_up(query, found, now_);
    run();
  }
  void fail_look_up(core::SiteFailure failure) {
    ASSERT_FALSE(queries_.empty()) << "nothing was asked";
    const auto query = queries_.front();
    queries_.pop_front();
    dispatcher_->on_looked_up(query, std::unexpected(std::move(failure)), now_);
    run();
  }
  core::SiteFailure away() {
    return {core::SiteFailure::Kind::kAway, "away", now_.steady + seconds{5}};
  }
  std::size_t parked() { return dispatcher_->snapshot(now_).at(service_.id).enriching.size(); }
};

TEST_F(EnrichmentTest, IsLookedUpBeforeTheFirstAttempt) {
  start();
  accept_of(1, 7);
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(parked(), 1u);
  ASSERT_EQ(queries_.size(), 1u);
  EXPECT_EQ(queries_[0].site, "default");
  EXPECT_EQ(queries_[0].wanted.users, std::vector<std::int64_t>{7});
  look_up();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].body, R"({"mail": "7@example.org"})");
  EXPECT_EQ(parked(), 0u);
  answer(status(200));
  EXPECT_EQ(states_[1], DeliveryState::kDelivered);
}

TEST_F(EnrichmentTest, TakesNoSlotAndHoldsNothingUp) {
  start();
  for (int seq = 1; seq <= 10; ++seq)
    accept_of(seq, seq);
  accept_of(11, 0);  // nobody to look up
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].body, R"({"mail": null})");
  EXPECT_EQ(parked(), 10u);
}

TEST_F(EnrichmentTest, ManyAreAskedForTogether) {
  start();
  dispatcher_->stop_starting();
  dispatcher_.reset();
  start();
  std::vector<core::Delivery> deliveries;
  for (int seq = 1; seq <= 10; ++seq)
    deliveries.push_back(of_user(seq, seq % 5 + 1));
  dispatcher_->add(std::move(deliveries), now_);
  run();
  ASSERT_EQ(queries_.size(), 1u);
  EXPECT_EQ(queries_[0].wanted.users.size(), 5u);
  look_up();
  for (int seq = 1; seq <= 10; ++seq)
    answer(status(200));
  for (int seq = 1; seq <= 10; ++seq)
    EXPECT_EQ(states_[seq], DeliveryState::kDelivered);
}

TEST_F(EnrichmentTest, AnOrderingKeyHoldsTheLaterOnes) {
  start();
  accept_of(1, 1, "a");
  accept_of(2, 0, "a");
  accept_of(3, 0, "b");
  ASSERT_EQ(requests_.size(), 1u) << "only that of another key";
  look_up();
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_EQ(requests_[1].body, R"({"mail": "1@example.org"})");
  answer(status(200));
  answer(status(200));
  EXPECT_EQ(requests_.size(), 3u);
}

TEST_F(EnrichmentTest, MoodleMayBeAwayForLongAndCostsNoAttempt) {
  service_.max_age = milliseconds{0};
  start();
  accept_of(1, 1);
  for (int i = 0; i < 100; ++i) {
    fail_look_up(away());
    EXPECT_TRUE(queries_.empty()) << "asked again at once";
    EXPECT_EQ(parked(), 1u);
    advance_to_wakeup();
  }
  look_up();
  answer(status(200));
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_EQ(calls_[0].attempt_count, 1);
}

TEST_F(EnrichmentTest, WhoWaitsForMoodleCanExpire) {
  service_.max_age = hours{1};
  start();
  accept_of(1, 1);
  accept_of(2, 0);
  fail_look_up(away());
  answer(status(500));  // of the second: it waits for its retry
  advance(minutes{61});
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExpired);
  EXPECT_FALSE(letters_.contains(2)) << "the service can be used";
}

TEST_F(EnrichmentTest, WhatASiteCannotGiveEndsAsTemplate) {
  start();
  accept_of(1, 1);
  fail_look_up({core::SiteFailure::Kind::kRefused, "There is no site default.", {}});
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kTemplate);
  EXPECT_NE(letters_.at(1).error_message.find("There is no site default."), std::string::npos);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(EnrichmentTest, WhatIsKnownIsNotAskedAgainForATime) {
  start();
  accept_of(1, 1);
  look_up();
  accept_of(2, 1);
  EXPECT_EQ(requests_.size(), 2u);
  answer(status(200));
  answer(status(200));
  advance(minutes{11});
  accept_of(3, 1);
  EXPECT_EQ(requests_.size(), 2u);
  look_up("new.example");
  EXPECT_EQ(requests_.back().body, R"({"mail": "1@new.example"})");
}

TEST_F(EnrichmentTest, AChangeReachesWhatStillWaits) {
  service_.paused = true;
  start();
  accept_of(1, 1);
  service_.paused = false;
  reconfigure();
  look_up();
  ASSERT_EQ(requests_.size(), 1u);
  accept_of(2, 1);
  dispatcher_->on_changed("default", {engine::SiteObject::Kind::kUser, 1});
  answer(status(500));
  answer(status(200));
  advance(seconds{2});  // the retry of the first
  EXPECT_EQ(requests_.size(), 2u);
  look_up("new.example");
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_EQ(requests_[2].body, R"({"mail": "1@new.example"})");
}

TEST_F(EnrichmentTest, ARuleThatNeedsItNoMoreGoesOn) {
  start();
  accept_of(1, 1);
  fail_look_up(away());
  rule_.payload_template = R"({"id": {{userid}}})";
  reconfigure();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].body, R"({"id": 1})");
}

TEST_F(EnrichmentTest, ADeletedRuleEndsIt) {
  start();
  accept_of(1, 1);
  has_rule_ = false;
  reconfigure();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
  look_up();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(EnrichmentTest, ItCanBeCancelledAndHurried) {
  start();
  accept_of(1, 1);
  accept_of(2, 2);
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  EXPECT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{2}, 0}, {}, now_));
  run();
  EXPECT_EQ(letters_.at(2).reason, DeadReason::kCancelled);
  look_up();
  look_up();
  EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(EnrichmentTest, AProbeIsLookedUpBeforeTheCircuitIsHalfOpen) {
  service_.cb_failure_threshold = 1;
  service_.cb_cooldown = seconds{30};
  start();
  accept_of(1, 0);
  answer(refused());
  EXPECT_EQ(circuit(), CircuitState::kOpen);
  accept_of(2, 1);
  advance(seconds{10});
  EXPECT_TRUE(queries_.empty()) << "while the circuit is open nobody is looked up";
  advance(minutes{2});
  answer(status(200));
  EXPECT_EQ(circuit(), CircuitState::kClosed);
  look_up();
  EXPECT_EQ(requests_.back().body, R"({"mail": "1@example.org"})");
}

TEST_F(EnrichmentTest, ADeadLetterShowsWhatWasSent) {
  start();
  accept_of(1, 1);
  look_up();
  dispatcher_->on_changed("default", {engine::SiteObject::Kind::kUser, 1});
  answer(status(404));
  EXPECT_EQ(letters_.at(1).payload, R"({"mail": "1@example.org"})");
}

TEST_F(EnrichmentTest, WhileTheHubStopsNobodyIsAsked) {
  start();
  accept_of(1, 1);
  fail_look_up(away());
  dispatcher_->stop_starting();
  advance(minutes{1});
  EXPECT_TRUE(queries_.empty());
  EXPECT_FALSE(dispatcher_->next_wakeup());
}

}  // namespace
}  // namespace mih::delivery
