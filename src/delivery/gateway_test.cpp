#include <gtest/gtest.h>

#include "delivery/testing/dispatcher_fixture.hpp"

namespace mih::delivery {
namespace {

using GatewayTest = DispatcherTest;

TEST_F(GatewayTest, AGatewayCallIsAnsweredWithTheRealResult) {
  start();
  call(1);
  answer(status(404));
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kResult);
  EXPECT_FALSE(answers_.at(1).success);
  EXPECT_EQ(answers_.at(1).reply.http_status, 404);
  EXPECT_EQ(answers_.at(1).attempts, 1);
  call(2);
  answer(status(200));
  EXPECT_TRUE(answers_.at(2).success);
  ASSERT_EQ(calls_.size(), 2u);
  EXPECT_EQ(calls_[0].kind, store::CallKind::kGateway);
}

TEST_F(GatewayTest, AGatewayCallGoesBeforeQueuedDeliveries) {
  service_.max_concurrency = 1;
  start();
  for (int seq = 1; seq <= 3; ++seq)
    accept(seq);
  call(1);
  answer(status(200));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].delivery, "");
}

TEST_F(GatewayTest, AGatewayCallIsRetriedWithinItsTime) {
  start();
  call(1, milliseconds{3500});
  answer(status(500));
  advance(seconds{1});
  answer(status(500));
  advance(seconds{2});
  answer(status(500));
  ASSERT_TRUE(answers_.contains(1)) << "the next attempt could only start after the deadline";
  EXPECT_EQ(answers_.at(1).attempts, 3);
  EXPECT_EQ(answers_.at(1).latency, seconds{3});
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_EQ(calls_[0].latency, seconds{3}) << "with its waits";
  EXPECT_EQ(calls_[0].attempt_count, 3);
}

TEST_F(GatewayTest, AGatewayCallMeetsAnOpenCircuitAtOnce) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  advance(seconds{10});
  call(1);
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kCircuitOpen);
  EXPECT_EQ(answers_.at(1).retry_in, seconds{20});
}

TEST_F(GatewayTest, ACircuitThatOpensUnderACallGivesTheLastResult) {
  service_.cb_failure_threshold = 1;
  start();
  call(1);
  answer(refused());
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kResult);
  EXPECT_EQ(answers_.at(1).reply.failure, core::Failure::kRefused);
  EXPECT_EQ(answers_.at(1).attempts, 1);
}

TEST_F(GatewayTest, ACallCanBeTheProbe) {
  service_.cb_failure_threshold = 1;
  start();
  call(1);
  answer(refused());
  advance(seconds{30});
  call(2);
  call(3);
  EXPECT_EQ(answers_.at(3).kind, GatewayAnswer::Kind::kCircuitOpen) << "two probes";
  answer(status(200));
  EXPECT_TRUE(answers_.at(2).success);
  EXPECT_EQ(circuit(), CircuitState::kClosed);
}

TEST_F(GatewayTest, ACallThatWouldProbeIsNotMadeAfterItsDeadline) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  advance(milliseconds{29'999});
  ASSERT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, {}, now_));
  run();
  advance(milliseconds{1});
  commits_held_ = true;
  call(1, seconds{2});
  advance_to_wakeup();
  EXPECT_EQ(answers_.at(1).attempts, 0);
  commits_held_ = false;
  commit();
  run();
  EXPECT_TRUE(open_calls_.empty());
}

TEST_F(GatewayTest, AStoreThatFailsKeepsNoCallBeyondItsDeadline) {
  max_unrecorded_ = 1;
  start();
  commits_held_ = true;
  accept(1);
  answer(status(404));
  call(1, seconds{2});
  EXPECT_TRUE(open_calls_.empty());
  advance_to_wakeup();
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kBusy);
}

TEST_F(GatewayTest, AHubThatStopsKeepsNoCallWaiting) {
  start();
  dispatcher_->stop_starting();
  call(1, seconds{2});
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kBusy);
}

TEST_F(GatewayTest, TooManyRequestsAnswersACallAtOnce) {
  start();
  call(1);
  answer(status(429));
  EXPECT_EQ(answers_.at(1).reply.http_status, 429);
  EXPECT_FALSE(answers_.at(1).success);
}

TEST_F(GatewayTest, NoSlotInTimeIsBusyAndNoTokenIsRateLimited) {
  service_.max_concurrency = 1;
  start();
  accept(1);
  call(1, seconds{2});
  advance(seconds{2});
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kBusy);
  EXPECT_EQ(answers_.at(1).attempts, 0);
  answer(status(200));

  service_.rate_limit = 0.1;
  reconfigure();
  accept(2);
  answer(status(200));
  call(2, seconds{2});
  advance(seconds{2});
  EXPECT_EQ(answers_.at(2).kind, GatewayAnswer::Kind::kRateLimited);
}

TEST_F(GatewayTest, ACallTakesTheNextTokenBeforeQueuedDeliveries) {
  service_.rate_limit = 0.5;
  has_service_ = false;
  start();
  has_service_ = true;
  reconfigure();
  accept(1);
  accept(2);
  call(1);
  ASSERT_EQ(sent_.size(), 1u);
  advance(seconds{2});
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].delivery, "");
}

TEST_F(GatewayTest, APauseThatTheServiceAskedForIsRateLimited) {
  start();
  accept(1);
  auto wait = status(429);
  wait.retry_after = seconds{30};
  answer(wait);
  call(1, seconds{2});
  EXPECT_TRUE(answers_.empty());
  advance(seconds{2});
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kRateLimited);
  EXPECT_EQ(answers_.at(1).attempts, 0);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(GatewayTest, ItsAttemptsAndFailuresCountForTheService) {
  service_.cb_failure_threshold = 3;
  start();
  call(1);
  answer(status(500));
  for (int i = 0; i < 2; ++i) {
    advance_to_wakeup();
    answer(status(500));
  }
  EXPECT_EQ(circuit(), CircuitState::kOpen);
  EXPECT_EQ(answers_.at(1).attempts, 3);
  EXPECT_EQ(answers_.at(1).reply.http_status, 500);
}

TEST_F(GatewayTest, WithoutATimeoutAllAttemptsAndWaitsFitInAtMost30Seconds) {
  service_.timeout = milliseconds{200};
  EXPECT_EQ(default_call_timeout(service_), milliseconds{4 * 200 + 7000});
  service_.timeout = seconds{10};
  EXPECT_EQ(default_call_timeout(service_), seconds{30});
}

}  // namespace
}  // namespace mih::delivery
