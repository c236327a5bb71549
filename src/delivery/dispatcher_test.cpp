#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/service_call.hpp"
#include "delivery/testing/dispatcher_fixture.hpp"

namespace mih::delivery {
namespace {

using ::testing::ElementsAre;

TEST_F(DispatcherTest, DeliversAtOnce) {
  start();
  accept(1);
  ASSERT_EQ(sent_.size(), 1u);
  answer(status(200));
  EXPECT_EQ(states_.at(1), DeliveryState::kDelivered);
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_TRUE(calls_[0].success);
}

TEST_F(DispatcherTest, RetriesAtOneTwoAndFourSecondsThenADeadLetter) {
  start();
  accept(1);
  answer(status(500));
  for (int i = 0; i < 3; ++i) {
    advance_to_wakeup();
    answer(status(500));
  }
  std::vector<std::int64_t> at;
  for (const auto& send : sent_) {
    at.push_back((send.time - sent_[0].time) / milliseconds{1});
  }
  EXPECT_THAT(at, ElementsAre(0, 1000, 3000, 7000));
  EXPECT_EQ(states_.at(1), DeliveryState::kDead);
  const auto& letter = letters_.at(1);
  EXPECT_EQ(letter.reason, DeadReason::kExhausted);
  EXPECT_EQ(letter.attempts.size(), 4u);
  EXPECT_EQ(letter.error_message, "HTTP 500");
  EXPECT_EQ(letter.payload, R"({"userid":5})");
  EXPECT_EQ(letter.url, "http://crm.example");
}

TEST_F(DispatcherTest, EveryAttemptHasTheSameId) {
  start();
  accept(1);
  answer(status(500));
  advance(seconds{1});
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].delivery, sent_[1].delivery);
  EXPECT_EQ(sent_[0].delivery, core::delivery_id("default", "1", rule_.id));
}

TEST_F(DispatcherTest, ARefusalIsDeadAtOnce) {
  start();
  accept(1);
  answer(status(404));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRejected);
  EXPECT_EQ(circuit(), CircuitState::kClosed);
}

TEST_F(DispatcherTest, TooManyRequestsPausesTheLaneAndCostsNothing) {
  start();
  accept(1);
  auto reply = status(429);
  reply.retry_after = seconds{17};
  answer(reply);
  accept(2);
  EXPECT_EQ(sent_.size(), 1u);
  advance(milliseconds{16'999});
  EXPECT_EQ(sent_.size(), 1u);
  advance(milliseconds{1});
  EXPECT_EQ(sent_.size(), 3u);
  for (int i = 0; i < 2; ++i)
    answer(status(200));
  EXPECT_EQ(states_.at(1), DeliveryState::kDelivered);
}

TEST_F(DispatcherTest, OrderingKeyKeepsTheOrderThroughRetries) {
  start();
  accept(1, "user5");
  accept(2, "user5");
  accept(3, "user6");
  EXPECT_EQ(sent_.size(), 2u);
  answer(status(500));
  answer(status(200));
  EXPECT_EQ(sent_.size(), 2u) << "the second of user5 overtook the first";
  advance(seconds{1});
  answer(status(200));
  ASSERT_EQ(sent_.size(), 4u);
  EXPECT_EQ(sent_[3].delivery, core::delivery_id("default", "2", rule_.id));
}

TEST_F(DispatcherTest, TheNextOneWaitsUntilACancellationIsDurable) {
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

TEST_F(DispatcherTest, AnEditOfTheRateAppliesFromTheEditOn) {
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

TEST_F(DispatcherTest, AtMostMaxConcurrencyInFlight) {
  service_.max_concurrency = 3;
  start();
  for (int seq = 1; seq <= 10; ++seq)
    accept(seq);
  EXPECT_EQ(open_calls_.size(), 3u);
  answer(status(200));
  EXPECT_EQ(open_calls_.size(), 3u);
}

TEST_F(DispatcherTest, TheRateHoldsOverARestart) {
  service_.rate_limit = 0.5;
  start();
  accept(1);
  EXPECT_TRUE(sent_.empty()) << "the process before may have called just now";
  advance(seconds{2});
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(DispatcherTest, AServiceThatIsNewStartsAtOnce) {
  has_service_ = false;
  start();
  service_.rate_limit = 0.5;
  has_service_ = true;
  reconfigure();
  accept(1);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(DispatcherTest, ADisabledServiceWaitsAndGoesOn) {
  service_.enabled = false;
  start();
  accept(1);
  advance(seconds{100});
  EXPECT_TRUE(sent_.empty());
  service_.enabled = true;
  reconfigure();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(DispatcherTest, WaitingTooLongExpires) {
  service_.enabled = false;
  service_.max_age = seconds{60};
  start();
  accept(1);
  advance(seconds{60});
  EXPECT_TRUE(letters_.empty());
  for (int i = 0; i < 3 && letters_.empty(); ++i)
    advance_to_wakeup();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExpired);
}

TEST_F(DispatcherTest, ADeletedRuleEndsWhatIsQueued) {
  service_.enabled = false;
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherTest, ADeletedRuleEndsWhatWasUnderWayAndFailed) {
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
  service_.paused = true;
  reconfigure();
  answer(status(500));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherTest, ADeletedServiceEndsWhatIsQueuedButNotWhatIsUnderWay) {
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

TEST_F(DispatcherTest, EditsApplyToTheNextAttempt) {
  start();
  accept(1);
  answer(status(500));
  service_.base_url = "http://other.example";
  reconfigure();
  advance(seconds{1});
  answer(status(404));
  EXPECT_EQ(letters_.at(1).url, "http://other.example");
}

TEST_F(DispatcherTest, RetryNowAndCancel) {
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

TEST_F(DispatcherTest, ADeadLetterShowsTheLastRequestOfAnEarlierProcess) {
  answer_loads_ = false;
  service_.paused = true;
  start();
  store::Window window;
  window.drained = true;
  window.deliveries.push_back(delivery(1));
  window.deliveries[0].progress.attempts.push_back({1, now_.wall, {}, 500, "HTTP 500", false});
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  ASSERT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  run();
  EXPECT_EQ(letters_.at(1).method, "POST");
  EXPECT_EQ(letters_.at(1).url, "http://crm.example");
  EXPECT_EQ(letters_.at(1).payload, R"({"userid":5})");
}

TEST_F(DispatcherTest, AnEnqueuedCallIsDeliveredWithoutARule) {
  has_rule_ = false;
  start();
  auto call = delivery(1);
  auto event = *call.event;
  event.name.clear();
  event.id = core::call_event_id("crm", "c1");
  event.body = R"({"endpoint":"/x","method":"PUT","payload":{"a":1},"headers":{}})";
  call.rule = {};
  call.event = std::make_shared<const core::Event>(std::move(event));
  std::vector<core::Delivery> deliveries;
  deliveries.push_back(std::move(call));
  dispatcher_->add(std::move(deliveries), now_);
  run();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].url, "http://crm.example/x");
  EXPECT_EQ(requests_[0].method, "PUT");
  EXPECT_EQ(requests_[0].body, R"({"a":1})");
  answer(status(500));
  reconfigure();
  advance(seconds{1});
  ASSERT_EQ(requests_.size(), 2u) << "no rule is missing";
  answer(status(404));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRejected);
  EXPECT_EQ(letters_.at(1).payload, R"({"a":1})");
}

TEST_F(DispatcherTest, AReplayAsSentIsNotRenderedAgain) {
  start();
  auto replay = delivery(1);
  replay.replay_of = core::DeadLetterId{1};
  replay.as_sent = std::make_shared<const core::SentRequest>(
      core::SentRequest{"PATCH", "http://crm.example/old", {{"X-A", "1"}}, "old"});
  std::vector<core::Delivery> deliveries;
  deliveries.push_back(std::move(replay));
  dispatcher_->add(std::move(deliveries), now_);
  run();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].url, "http://crm.example/old");
  EXPECT_EQ(requests_[0].method, "PATCH");
  EXPECT_EQ(requests_[0].body, "old");
  EXPECT_EQ(requests_[0].headers, (core::Headers{{"X-A", "1"}}));
}

TEST_F(DispatcherTest, AWallClockThatWentBackChangesNoWait) {
  start();
  accept(1);
  answer(status(500));
  now_.wall -= std::chrono::hours{24};
  run();
  advance(seconds{1});
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherTest, StoppingStartsNothing) {
  start();
  dispatcher_->stop_starting();
  accept(1);
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(dispatcher_->in_flight(), 0u);
}

TEST_F(DispatcherTest, StoppingAnswersTheCallsThatWait) {
  service_.max_concurrency = 1;
  start();
  accept(1);
  call(1);
  EXPECT_TRUE(answers_.empty());
  dispatcher_->stop_starting();
  run();
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kBusy);
}

}  // namespace
}  // namespace mih::delivery
