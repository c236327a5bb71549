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

TEST_F(DispatcherTest, TheLogHasTheLatencyOfTheLastAttempt) {
  start();
  accept(1);
  auto slow = status(500);
  slow.latency = seconds{3};
  answer(slow);
  advance(seconds{1});
  auto quick = status(200);
  quick.latency = milliseconds{20};
  answer(quick);
  ASSERT_EQ(calls_.size(), 1u) << "one row for a finished delivery";
  EXPECT_EQ(calls_[0].latency, milliseconds{20});
  EXPECT_EQ(calls_[0].attempt_count, 2);
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

TEST_F(DispatcherTest, WhatCanBeSentDoesNotExpire) {
  service_.max_concurrency = 1;
  service_.max_age = seconds{60};
  start();
  accept(1);
  accept(2);
  advance(seconds{100});
  answer(status(200));
  ASSERT_EQ(sent_.size(), 2u) << "it is old, but the circuit is closed";
  answer(status(200));
  EXPECT_EQ(states_.at(2), DeliveryState::kDelivered);
}

TEST_F(DispatcherTest, TheStoreKeepsTheLastResponseForALetterThatComesLater) {
  start();
  accept(1);
  auto reply = status(500);
  reply.body = std::string(5000, 'x');
  answer(reply);
  EXPECT_EQ(responses_.at(1), std::string(4096, 'x'));
}

TEST_F(DispatcherTest, TooManyRequestsWithoutAHeaderPausesForTheRetryWait) {
  service_.retry_backoff = seconds{3};
  start();
  accept(1);
  answer(status(429));
  accept(2);
  advance(milliseconds{2'999});
  EXPECT_EQ(sent_.size(), 1u);
  advance(milliseconds{1});
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_EQ(counted_.at(1), 0);
  service_.retry_backoff = milliseconds{0};
  reconfigure();
  answer(status(429));
  answer(status(200));
  advance(milliseconds{999});
  EXPECT_EQ(sent_.size(), 3u) << "at least a second";
}

TEST_F(DispatcherTest, UnavailableWithRetryAfterPausesAndIsNoFailure) {
  service_.cb_failure_threshold = 1;
  service_.max_retries = 0;
  start();
  accept(1);
  auto reply = status(503);
  reply.retry_after = seconds{5};
  answer(reply);
  EXPECT_EQ(circuit(), CircuitState::kClosed);
  accept(2);
  advance(milliseconds{4'999});
  EXPECT_EQ(sent_.size(), 1u);
  advance(milliseconds{1});
  EXPECT_EQ(sent_.size(), 3u);
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
