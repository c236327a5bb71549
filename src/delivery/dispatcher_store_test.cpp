#include <gtest/gtest.h>

#include "delivery/testing/dispatcher_fixture.hpp"

/// Deliveries that are in the store alone, or come back from it.
namespace mih::delivery {
namespace {

using DispatcherStoreTest = DispatcherTest;

TEST_F(DispatcherStoreTest, AfterARestartAnOldOneGetsAnAttemptFirst) {
  service_.enabled = false;
  service_.max_age = seconds{60};
  answer_loads_ = false;
  store::Window window;
  window.drained = true;
  window.deliveries.push_back(delivery(1));
  now_.wall += seconds{3600};
  start();
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  advance(seconds{10});
  EXPECT_TRUE(letters_.empty());
  service_.enabled = true;
  reconfigure();
  answer(status(500));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExpired);
}

TEST_F(DispatcherStoreTest, AfterARestartAClockThatWentBackTakesNobodysAttempt) {
  service_.enabled = false;
  service_.max_age = seconds{60};
  answer_loads_ = false;
  store::Window window;
  window.drained = true;
  window.deliveries.push_back(delivery(1));
  now_.wall -= seconds{3600};
  start();
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  advance(seconds{3600 + 61});
  EXPECT_TRUE(letters_.empty());
}

TEST_F(DispatcherStoreTest, AfterARestartAPauseThatTheServiceAskedForGoesOn) {
  answer_loads_ = false;
  start();
  store::Window window;
  window.drained = true;
  window.deliveries = {delivery(1), delivery(2)};
  auto& progress = window.deliveries[0].progress;
  progress.attempts.push_back({1, now_.wall - seconds{500}, {}, 429, "HTTP 429", false});
  progress.asked_wait = seconds{900};
  progress.due = now_.wall + seconds{400};
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  advance(milliseconds{399'999});
  EXPECT_TRUE(sent_.empty()) << "the service asked for a pause";
  advance(milliseconds{1});
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherStoreTest, AfterARestartWithAClockThatWentBackARetryWaitsAMinuteAtMost) {
  answer_loads_ = false;
  start();
  store::Window window;
  window.drained = true;
  window.deliveries = {delivery(1), delivery(2)};
  auto& progress = window.deliveries[0].progress;
  progress.attempts.push_back({1, now_.wall + std::chrono::hours{24}, {}, 503, "HTTP 503", false});
  progress.due = now_.wall + std::chrono::hours{24};
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  EXPECT_EQ(sent_.size(), 1u) << "the other one need not wait";
  advance(milliseconds{59'999});
  EXPECT_EQ(sent_.size(), 1u);
  advance(milliseconds{1});
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherStoreTest, ADeletedRuleEndsWhatIsLoadedLater) {
  service_.enabled = false;
  answer_loads_ = false;
  has_rule_ = false;
  start();
  store::Window window;
  window.drained = true;
  window.deliveries.push_back(delivery(1));
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherStoreTest, WhatIsInTheStoreAloneIsCancelledThere) {
  service_.max_concurrency = 1;
  start(64);
  answer_loads_ = false;
  for (int seq = 1; seq <= 70; ++seq)
    accept(seq);
  ASSERT_GT(spills_, 0u);
  const core::DeliveryKey spilled{core::EventSeq{500}, 0};
  EXPECT_FALSE(dispatcher_->cancel(service_.id, spilled, {}, now_)) << "finished";
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, spilled, delivery(500), now_));
  EXPECT_TRUE(dispatcher_->cancel(service_.id, spilled, delivery(500), now_));
  run();
  EXPECT_EQ(letters_.at(500).reason, DeadReason::kCancelled);
}

TEST_F(DispatcherStoreTest, ALoadThatIsUnderWayDoesNotBringBackWhatWasCancelled) {
  answer_loads_ = false;
  start();
  ASSERT_EQ(loads_.size(), 1u);
  EXPECT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{5}, 0}, delivery(5), now_));
  store::Window window;
  window.deliveries = {delivery(5), delivery(6)};
  window.drained = true;
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].delivery, core::delivery_id("default", "6", rule_.id));
}

TEST_F(DispatcherStoreTest, WhatIsInTheStoreAloneIsCancelledOnce) {
  service_.max_concurrency = 1;
  start(64);
  answer_loads_ = false;
  for (int seq = 1; seq <= 70; ++seq)
    accept(seq);
  ASSERT_GT(spills_, 0u);
  commits_held_ = true;
  const core::DeliveryKey spilled{core::EventSeq{500}, 0};
  EXPECT_TRUE(dispatcher_->cancel(service_.id, spilled, delivery(500), now_));
  EXPECT_FALSE(dispatcher_->cancel(service_.id, spilled, delivery(500), now_));
}

TEST_F(DispatcherStoreTest, WhatADeletedServiceEndedCannotBeCancelledBeforeThatIsDurable) {
  service_.paused = true;
  start();
  accept(1);
  commits_held_ = true;
  has_service_ = false;
  reconfigure();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kServiceDeleted);
  const core::DeliveryKey key{core::EventSeq{1}, 0};
  EXPECT_FALSE(dispatcher_->cancel(service_.id, key, delivery(1), now_));
  EXPECT_FALSE(dispatcher_->retry_now(service_.id, key, delivery(1), now_));
  commit();
  run();
  EXPECT_FALSE(dispatcher_->cancel(service_.id, key, delivery(1), now_));
  EXPECT_TRUE(loads_.empty());
}

TEST_F(DispatcherStoreTest, TriedOnesAreLoadedOnce) {
  service_.paused = true;
  answer_loads_ = false;
  start(64);
  ASSERT_EQ(loads_.size(), 1u);
  EXPECT_FALSE(loads_[0].after);
  loads_.clear();
  store::Window window;
  window.drained = true;
  for (int seq = 1; seq <= 66; ++seq) {
    window.deliveries.push_back(delivery(seq));
    window.deliveries.back().progress.attempts.emplace_back();
  }
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  ASSERT_EQ(spills_, 1u);
  service_.paused = false;
  reconfigure();
  for (int i = 0; i < 40; ++i)
    answer(status(200));
  ASSERT_EQ(loads_.size(), 1u);
  EXPECT_EQ(loads_[0].after, core::DeliveryKey{}) << "all behind the first, but none tried";
}

TEST_F(DispatcherStoreTest, ADeletedRuleTakesWhatIsInTheStoreAloneWithIt) {
  service_.max_concurrency = 1;
  start(64);
  answer_loads_ = false;
  for (int seq = 1; seq <= 70; ++seq)
    accept(seq);
  has_rule_ = false;
  reconfigure();
  ASSERT_EQ(sweeps_.size(), 1u);
  EXPECT_EQ(sweeps_[0].rule, rule_.id);
  EXPECT_EQ(sweeps_[0].after.event, core::EventSeq{70});
  auto replay = delivery(82);
  replay.as_sent = std::make_shared<const core::SentRequest>();
  dispatcher_->on_swept(sweeps_[0], {delivery(80), delivery(81), replay}, now_);
  run();
  EXPECT_FALSE(letters_.contains(82)) << "it goes out as it was sent, without the rule";
  EXPECT_EQ(letters_.at(80).reason, DeadReason::kRuleDeleted);
  EXPECT_EQ(letters_.at(81).reason, DeadReason::kRuleDeleted);
  EXPECT_EQ(letters_.at(70).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherStoreTest, ASlowServiceSpillsIntoTheStoreAndLoadsAgain) {
  service_.max_concurrency = 1;
  start(64);
  answer_loads_ = false;
  for (int seq = 1; seq <= 66; ++seq)
    accept(seq);
  EXPECT_EQ(spills_, 1u);
  EXPECT_TRUE(loads_.empty());
  for (int i = 0; i < 40; ++i)
    answer(status(200));
  ASSERT_EQ(loads_.size(), 1u);
  EXPECT_EQ(loads_[0].after, (core::DeliveryKey{core::EventSeq{66}, 0}));
  store::Window window;
  window.drained = true;
  for (int seq = 66; seq <= 70; ++seq)
    window.deliveries.push_back(delivery(seq));
  loads_.clear();
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  while (!open_calls_.empty())
    answer(status(200));
  EXPECT_EQ(sent_.size(), 70u) << "each once";
}

TEST_F(DispatcherStoreTest, WhatIsInTheStoreIsLoadedWhenAllInMemoryHasExpired) {
  service_.enabled = false;
  service_.max_age = seconds{60};
  start(64);
  answer_loads_ = false;
  for (int seq = 1; seq <= 66; ++seq)
    accept(seq);
  EXPECT_EQ(spills_, 1u);
  advance(seconds{62});
  EXPECT_EQ(letters_.size(), 66u);
  EXPECT_EQ(loads_.size(), 1u);
}

TEST_F(DispatcherStoreTest, WhatIsNewerMayArriveBeforeTheLoadThatLetItThrough) {
  service_.max_concurrency = 100;
  start(64);
  answer_loads_ = false;
  commits_held_ = true;
  for (int seq = 1; seq <= 70; ++seq)
    accept(seq);
  ASSERT_GT(spills_, 0u);
  while (!open_calls_.empty())
    answer(status(200));
  ASSERT_FALSE(loads_.empty());
  const auto before = sent_.size();
  accept(200);
  store::Window window;
  window.deliveries = {delivery(70), delivery(100)};  // the first is known, and was sent
  window.drained = true;
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  std::vector<std::string> sent;
  for (auto i = before; i < sent_.size(); ++i)
    sent.push_back(sent_[i].delivery);
  const auto id = [&](const char* event) { return core::delivery_id("default", event, rule_.id); };
  EXPECT_EQ(sent, (std::vector{id("200"), id("100")}));
}

}  // namespace
}  // namespace mih::delivery
