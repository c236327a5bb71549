#include <gtest/gtest.h>

#include "delivery/testing/dispatcher_fixture.hpp"

/// What people change while deliveries are queued.
namespace mih::delivery {
namespace {

using DispatcherChangesTest = DispatcherTest;

TEST_F(DispatcherChangesTest, TheNextOneWaitsUntilACancellationIsDurable) {
  start();
  accept(1, "user5");
  accept(2, "user5");
  answer(status(500));
  commits_held_ = true;
  ASSERT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  run();
  EXPECT_EQ(sent_.size(), 1u) << "after a crash the first would come after the second";
  EXPECT_FALSE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  commits_held_ = false;
  commit();
  run();
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherChangesTest, AnEditOfTheRateAppliesFromTheEditOn) {
  service_.rate_limit = 50;
  has_service_ = false;
  start();
  has_service_ = true;
  service_.max_concurrency = 5;
  reconfigure();
  for (int seq = 1; seq <= 6; ++seq)
    accept(seq);
  EXPECT_EQ(sent_.size(), 5u);
  service_.rate_limit = 0.1;
  reconfigure();
  advance(seconds{5});
  answer(status(200));
  EXPECT_EQ(sent_.size(), 5u);
  advance(seconds{5});
  EXPECT_EQ(sent_.size(), 6u);
}

TEST_F(DispatcherChangesTest, AServiceThatIsNewStartsAtOnce) {
  has_service_ = false;
  start();
  service_.rate_limit = 0.5;
  has_service_ = true;
  reconfigure();
  accept(1);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(DispatcherChangesTest, ADisabledServiceWaitsAndGoesOn) {
  service_.enabled = false;
  start();
  accept(1);
  advance(seconds{100});
  EXPECT_TRUE(sent_.empty());
  service_.enabled = true;
  reconfigure();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(DispatcherChangesTest, ADeletedRuleEndsWhatIsQueued) {
  service_.enabled = false;
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherChangesTest, ADeletedRuleEndsWhatWasUnderWayAndFailed) {
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
  service_.paused = true;
  reconfigure();
  answer(status(500));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherChangesTest, ADeletedServiceEndsWhatIsQueuedButNotWhatIsUnderWay) {
  service_.max_concurrency = 1;
  start();
  accept(1);
  accept(2);
  has_service_ = false;
  has_rule_ = false;
  reconfigure();
  EXPECT_FALSE(letters_.contains(1));
  EXPECT_TRUE(letters_.contains(2));
  answer(status(200));
  EXPECT_EQ(states_.at(1), DeliveryState::kDelivered);
}

TEST_F(DispatcherChangesTest, EditsApplyToTheNextAttempt) {
  start();
  accept(1);
  answer(status(500));
  service_.base_url = "http://other.example";
  reconfigure();
  advance(seconds{1});
  answer(status(404));
  EXPECT_EQ(letters_.at(1).url, "http://other.example");
}

TEST_F(DispatcherChangesTest, RetryNowAndCancel) {
  start();
  accept(1);
  EXPECT_FALSE(dispatcher_->retry_now(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  answer(status(500));
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  run();
  EXPECT_EQ(sent_.size(), 2u);
  answer(status(500));
  EXPECT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  run();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kCancelled);
  EXPECT_FALSE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
}

TEST_F(DispatcherChangesTest, RetryNowCountsAlsoForWhatIsNotInTheOrderYet) {
  start();
  accept(1, "user5");
  accept(2, "user5");
  commits_held_ = true;
  answer(status(500));
  const auto key = [](std::int64_t seq) { return core::DeliveryKey{core::EventSeq{seq}, 0}; };
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, key(1), {}, now_)) << "its result is committed";
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, key(2), {}, now_)) << "it waits for the first";
  run();
  EXPECT_EQ(sent_.size(), 1u);
  commits_held_ = false;
  commit();
  run();
  ASSERT_EQ(sent_.size(), 2u) << "the first is due now, the second obeys the order";
  EXPECT_EQ(sent_[1].delivery, id_of(1));
  commits_held_ = true;
  answer(status(404));
  EXPECT_FALSE(dispatcher_->retry_now(service_.id, key(1), {}, now_)) << "it has ended";
}

TEST_F(DispatcherChangesTest, RetryNowObeysCircuitAndRate) {
  service_.rate_limit = 0.1;
  service_.cb_failure_threshold = 2;
  has_service_ = false;
  start();
  has_service_ = true;
  reconfigure();
  accept(1);
  answer(status(500));
  const core::DeliveryKey key{core::EventSeq{1}, 0};
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, key, {}, now_));
  run();
  EXPECT_EQ(sent_.size(), 1u) << "no token";
  advance(seconds{10});
  ASSERT_EQ(sent_.size(), 2u);
  service_.rate_limit = 0;
  reconfigure();
  answer(status(500));
  ASSERT_EQ(circuit(), CircuitState::kOpen);
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, key, {}, now_));
  run();
  EXPECT_EQ(sent_.size(), 2u) << "the circuit is open";
}

TEST_F(DispatcherChangesTest, AMovedRuleLeavesWhatIsQueuedAndNobodyWaitsForIt) {
  service_.cb_failure_threshold = 1;
  core::Service other;
  other.id = core::ServiceId{2};
  other.name = "new";
  other.base_url = "http://new.example";
  others_ = {other};
  start();
  accept(1, "user5");
  accept(2, "user5");
  answer(refused());
  ASSERT_EQ(circuit(), CircuitState::kOpen);
  rule_.service = other.id;
  rule_.service_name = other.name;
  reconfigure();
  auto moved = delivery(3, "user5");
  moved.service = other.id;
  std::vector<core::Delivery> deliveries;
  deliveries.push_back(std::move(moved));
  dispatcher_->add(std::move(deliveries), now_);
  run();
  ASSERT_EQ(requests_.size(), 2u) << "the order holds per service: a dead one slows no other";
  EXPECT_EQ(requests_[1].url, "http://new.example");
  answer(status(200));
  advance(seconds{30});
  answer(status(200));
  answer(status(200));
  ASSERT_EQ(requests_.size(), 4u);
  EXPECT_EQ(requests_[2].url, "http://crm.example") << "queued ones stay with the old";
  EXPECT_EQ(requests_[2].delivery_id, id_of(1));
  EXPECT_EQ(requests_[3].delivery_id, id_of(2));
}

}  // namespace
}  // namespace mih::delivery
