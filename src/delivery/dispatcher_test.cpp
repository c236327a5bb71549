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

TEST_F(DispatcherTest, FiveFailuresOpenTheCircuitAndOneProbeGoesOutAfterTheCooldown) {
  start();
  for (int seq = 1; seq <= 8; ++seq)
    accept(seq);
  for (int i = 0; i < 8; ++i)
    answer(status(500));
  EXPECT_EQ(circuit(), CircuitState::kOpen);
  EXPECT_EQ(record_->state, CircuitState::kOpen);
  EXPECT_EQ(sent_.size(), 8u);
  advance(milliseconds{29'999});
  EXPECT_EQ(sent_.size(), 8u) << "called while the circuit was open";
  advance(milliseconds{1});
  EXPECT_EQ(sent_.size(), 9u) << "exactly one probe";
  EXPECT_EQ(circuit(), CircuitState::kHalfopen);
  advance(seconds{3});
  EXPECT_EQ(sent_.size(), 9u);
  answer(status(200));
  EXPECT_EQ(circuit(), CircuitState::kClosed);
}

TEST_F(DispatcherTest, AfterClosingTheLoadGrowsFromOne) {
  service_.max_concurrency = 4;
  start();
  for (int seq = 1; seq <= 20; ++seq)
    accept(seq);
  for (int i = 0; i < 4; ++i)
    answer(refused());
  advance(seconds{1});
  while (circuit() == CircuitState::kClosed)
    answer(refused());
  while (!open_calls_.empty())
    answer(refused());
  advance(seconds{30});
  std::vector<std::size_t> in_flight;
  for (int i = 0; i < 5; ++i) {
    in_flight.push_back(open_calls_.size());
    answer(status(200));
  }
  EXPECT_THAT(in_flight, ElementsAre(1, 1, 2, 3, 4));
}

TEST_F(DispatcherTest, AnOutageLongerThanAllRetriesCostsNoDelivery) {
  service_.cb_failure_threshold = 100;
  start();
  for (int seq = 1; seq <= 3; ++seq)
    accept(seq);
  for (int i = 0; i < 1000 && now_.steady < SteadyTime{seconds{4000}}; ++i) {
    while (!open_calls_.empty())
      answer(i % 2 ? refused() : status(503));
    advance_to_wakeup();
  }
  EXPECT_TRUE(letters_.empty());
  for (int i = 0;
       i < 1000 && states_ != std::map<std::int64_t, DeliveryState>{{1, DeliveryState::kDelivered},
                                                                    {2, DeliveryState::kDelivered},
                                                                    {3, DeliveryState::kDelivered}};
       ++i) {
    while (!open_calls_.empty())
      answer(status(200));
    if (dispatcher_->next_wakeup()) advance_to_wakeup();
  }
  EXPECT_EQ(states_.at(1), DeliveryState::kDelivered);
  EXPECT_EQ(states_.at(2), DeliveryState::kDelivered);
  EXPECT_EQ(states_.at(3), DeliveryState::kDelivered);
}

TEST_F(DispatcherTest, AnUnavailableAnswerAmongSuccessesIsExhausted) {
  service_.max_concurrency = 2;
  service_.max_retries = 1;
  start();
  accept(1);
  answer(status(503));
  accept(2);
  answer(status(200));
  advance(seconds{1});
  answer(status(503));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExhausted);
  EXPECT_EQ(circuit(), CircuitState::kClosed);
}

TEST_F(DispatcherTest, WithoutBreakerAnOutageEndsInDeadLetters) {
  service_.cb_failure_threshold = 0;
  service_.max_retries = 0;
  start();
  accept(1);
  answer(refused());
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExhausted);
}

TEST_F(DispatcherTest, TheStateIsDurableBeforeTheNextCall) {
  service_.max_concurrency = 1;
  start();
  accept(1);
  accept(2);
  commits_held_ = true;
  answer(status(500));
  EXPECT_EQ(sent_.size(), 1u) << "called before the count was committed";
  commits_held_ = false;
  commit();
  run();
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherTest, TheProbeWaitsForTheCommitOfHalfopen) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  commits_held_ = true;
  advance(seconds{30});
  EXPECT_EQ(record_->state, CircuitState::kHalfopen);
  EXPECT_EQ(sent_.size(), 1u);
  commits_held_ = false;
  commit();
  run();
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherTest, ASlowCommitOfHalfopenLetsNoSecondProbeOut) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  accept(2);
  answer(status(500));
  answer(status(500));
  commits_held_ = true;
  advance(seconds{30});
  advance(service_.timeout + seconds{2});
  commits_held_ = false;
  commit();
  run();
  EXPECT_EQ(open_calls_.size(), 1u);
}

TEST_F(DispatcherTest, AServiceThatIsDisabledMeanwhileGetsNoProbe) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  commits_held_ = true;
  advance(seconds{30});
  service_.enabled = false;
  reconfigure();
  commits_held_ = false;
  commit();
  run();
  EXPECT_TRUE(open_calls_.empty());
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

TEST_F(DispatcherTest, AfterARestartALongCooldownGoesOn) {
  service_.cb_cooldown = seconds{300};
  with_backlog_ = {service_.id};
  circuits_ = {{service_.id, CircuitState::kOpen, 5, now_.wall, now_.wall + seconds{200}, {}}};
  start();
  EXPECT_EQ(dispatcher_->snapshot(now_).at(service_.id).retry_in, seconds{200});
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

TEST_F(DispatcherTest, AfterARestartAnOldOneGetsAnAttemptFirst) {
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

TEST_F(DispatcherTest, AfterARestartAClockThatWentBackTakesNobodysAttempt) {
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

TEST_F(DispatcherTest, ADeletedRuleEndsWhatIsQueued) {
  service_.enabled = false;
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

TEST_F(DispatcherTest, ADeletedRuleEndsWhatIsLoadedLater) {
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

TEST_F(DispatcherTest, WhatIsInTheStoreAloneIsCancelledThere) {
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

TEST_F(DispatcherTest, ALoadThatIsUnderWayDoesNotBringBackWhatWasCancelled) {
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

TEST_F(DispatcherTest, ADeletedRuleTakesWhatIsInTheStoreAloneWithIt) {
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
  dispatcher_->on_swept(sweeps_[0], {delivery(80), delivery(81)}, now_);
  run();
  EXPECT_EQ(letters_.at(80).reason, DeadReason::kRuleDeleted);
  EXPECT_EQ(letters_.at(81).reason, DeadReason::kRuleDeleted);
  EXPECT_EQ(letters_.at(70).reason, DeadReason::kRuleDeleted);
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

TEST_F(DispatcherTest, ASlowServiceSpillsIntoTheStoreAndLoadsAgain) {
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

TEST_F(DispatcherTest, WhatIsInTheStoreIsLoadedWhenAllInMemoryHasExpired) {
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

TEST_F(DispatcherTest, ResetClosesTheCircuit) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  EXPECT_EQ(circuit(), CircuitState::kOpen);
  dispatcher_->reset_circuits({}, now_);
  run();
  EXPECT_EQ(circuit(), CircuitState::kClosed);
  advance(seconds{1});
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(DispatcherTest, ARestartKeepsACooldownThatIsLongerThanTheDefault) {
  service_.cb_cooldown = seconds{3600};
  core::CircuitRecord open;
  open.service = service_.id;
  open.state = CircuitState::kOpen;
  open.cooldown_end = now_.wall + seconds{3000};
  circuits_.push_back(open);
  with_backlog_ = {service_.id};
  start();
  EXPECT_EQ(dispatcher_->snapshot(now_).at(service_.id).retry_in, seconds{3000});
  EXPECT_FALSE(record_) << "a cooldown within the bounds was changed";
}

TEST_F(DispatcherTest, WhatIsLoadedForADeletedRuleIsDeadAlthoughTheCircuitIsOpen) {
  core::CircuitRecord open;
  open.service = service_.id;
  open.state = CircuitState::kOpen;
  open.cooldown_end = now_.wall + seconds{30};
  circuits_.push_back(open);
  has_rule_ = false;
  answer_loads_ = false;
  with_backlog_ = {service_.id};
  start();
  store::Window window;
  window.deliveries.push_back(delivery(1));
  window.drained = true;
  dispatcher_->on_loaded(service_.id, std::move(window), now_);
  run();
  ASSERT_TRUE(letters_.contains(1));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kRuleDeleted);
}

}  // namespace
}  // namespace mih::delivery
