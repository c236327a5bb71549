#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/testing/dispatcher_fixture.hpp"

/// Circuits: when they open, who probes, what an outage costs.
namespace mih::delivery {
namespace {

using ::testing::ElementsAre;
using DispatcherCircuitTest = DispatcherTest;

TEST_F(DispatcherCircuitTest, FiveFailuresOpenTheCircuitAndOneProbeGoesOutAfterTheCooldown) {
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

TEST_F(DispatcherCircuitTest, AfterClosingTheLoadGrowsFromOne) {
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

TEST_F(DispatcherCircuitTest, AnOutageLongerThanAllRetriesCostsNoDelivery) {
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

TEST_F(DispatcherCircuitTest, AnUnavailableAnswerAmongSuccessesIsExhausted) {
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

TEST_F(DispatcherCircuitTest, AServiceThatComesBackDuringTheLastAttemptGetsAnother) {
  service_.max_retries = 1;
  start();
  accept(1);
  answer(refused());
  advance_to_wakeup();
  const auto last = open_calls_.front();
  open_calls_.pop_front();
  accept(2);
  answer(status(200));
  open_calls_.push_back(last);
  answer(refused());
  EXPECT_EQ(states_.at(1), DeliveryState::kRetrying);
  EXPECT_EQ(circuit(), CircuitState::kClosed) << "it works again";
  accept(3);
  answer(status(200));
  advance_to_wakeup();
  answer(refused());
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExhausted) << "since then it is this delivery";
}

TEST_F(DispatcherCircuitTest, WithoutBreakerAnOutageEndsInDeadLetters) {
  service_.cb_failure_threshold = 0;
  service_.max_retries = 0;
  start();
  accept(1);
  answer(refused());
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExhausted);
}

TEST_F(DispatcherCircuitTest, TheStateIsDurableBeforeTheNextCall) {
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

TEST_F(DispatcherCircuitTest, TheProbeWaitsForTheCommitOfHalfopen) {
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

TEST_F(DispatcherCircuitTest, ASlowCommitOfHalfopenLetsNoSecondProbeOut) {
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

TEST_F(DispatcherCircuitTest, AServiceThatIsDisabledMeanwhileGetsNoProbe) {
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

TEST_F(DispatcherCircuitTest, AfterARestartALongCooldownGoesOn) {
  service_.cb_cooldown = seconds{300};
  with_backlog_ = {service_.id};
  circuits_ = {
      {service_.id, CircuitState::kOpen, 5, now_.wall, now_.wall + seconds{200}, {}, "HTTP 503"}};
  start();
  const auto shown = dispatcher_->snapshot(now_).at(service_.id);
  EXPECT_EQ(shown.retry_in, seconds{200});
  EXPECT_EQ(shown.history.changes.size(), 1U);
  ASSERT_TRUE(shown.history.failure);
  EXPECT_EQ(shown.history.failure->error, "HTTP 503");
}

TEST_F(DispatcherCircuitTest, TheNextProbeWasDueFirstAndAFailedOneGoesBehind) {
  service_.cb_failure_threshold = 3;
  start();
  for (int seq = 1; seq <= 3; ++seq)
    accept(seq);
  for (int i = 0; i < 3; ++i) {
    advance(milliseconds{10});
    answer(status(500));
  }
  for (int i = 0; i < 4; ++i) {
    advance(seconds{30});
    answer(status(500));
  }
  std::vector<std::string> probes;
  for (std::size_t i = 3; i < sent_.size(); ++i)
    probes.push_back(sent_[i].delivery);
  EXPECT_THAT(probes, ElementsAre(id_of(1), id_of(2), id_of(3), id_of(1)));
}

TEST_F(DispatcherCircuitTest, OnlyHeadsOfOrderingKeysProbe) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1, "a");
  accept(2, "a");
  answer(status(500));
  for (int i = 0; i < 2; ++i) {
    advance(seconds{30});
    answer(status(500));
  }
  for (const auto& send : sent_)
    EXPECT_EQ(send.delivery, id_of(1));
  EXPECT_EQ(sent_.size(), 3u);
}

TEST_F(DispatcherCircuitTest, AProbeThatIsToldToWaitStaysHalfopen) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  accept(2);
  answer(status(500));
  answer(status(500));
  advance(seconds{30});
  auto wait = status(429);
  wait.retry_after = seconds{40};
  answer(wait);
  EXPECT_EQ(circuit(), CircuitState::kHalfopen);
  EXPECT_EQ(dispatcher_->snapshot(now_).at(service_.id).retry_in, std::nullopt);
  advance(milliseconds{39'999});
  EXPECT_EQ(sent_.size(), 3u) << "in the pause";
  advance(milliseconds{1});
  ASSERT_EQ(sent_.size(), 4u) << "exactly one";
  EXPECT_EQ(sent_[3].delivery, id_of(2)) << "due before the one that was told to wait";
  answer(status(200));
  EXPECT_EQ(circuit(), CircuitState::kClosed);
}

TEST_F(DispatcherCircuitTest, AProbeThatIsLostFreesItsPermit) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  accept(2);
  answer(status(500));
  answer(status(500));
  advance(seconds{30});
  EXPECT_EQ(sent_.size(), 3u);
  advance(service_.timeout + milliseconds{999});
  EXPECT_EQ(sent_.size(), 3u);
  advance(milliseconds{1});
  ASSERT_EQ(sent_.size(), 4u);
  answer(status(200));
  EXPECT_EQ(states_.at(1), DeliveryState::kDelivered) << "a late result decides its own delivery";
  EXPECT_EQ(circuit(), CircuitState::kHalfopen) << "and leaves the circuit alone";
}

TEST_F(DispatcherCircuitTest, TheOneThatOpensAndProbesCostNoAttempt) {
  service_.cb_failure_threshold = 1;
  service_.max_retries = 0;
  start();
  accept(1);
  answer(status(500));
  for (int i = 0; i < 3; ++i) {
    advance(seconds{30});
    answer(status(500));
    EXPECT_EQ(states_.at(1), DeliveryState::kRetrying);
    EXPECT_EQ(counted_.at(1), 0);
  }
  service_.cb_failure_threshold = 2;
  reconfigure();
  dispatcher_->reset_circuits({}, now_);
  run();
  advance(seconds{1});
  answer(status(500));
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kExhausted);
  EXPECT_EQ(letters_.at(1).attempts.size(), 5u) << "all tries are reported";
  EXPECT_TRUE(letters_.at(1).attempts[1].probe);
  EXPECT_FALSE(letters_.at(1).attempts[4].probe);
}

TEST_F(DispatcherCircuitTest, AfterAResetTheRunningProbeIsLate) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  advance(seconds{30});
  ASSERT_EQ(circuit(), CircuitState::kHalfopen);
  dispatcher_->reset_circuits({service_.id}, now_);
  run();
  answer(status(500));
  EXPECT_EQ(circuit(), CircuitState::kClosed);
  EXPECT_EQ(dispatcher_->snapshot(now_).at(service_.id).failure_count, 0);
}

TEST_F(DispatcherCircuitTest, ResetClosesTheCircuit) {
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

}  // namespace
}  // namespace mih::delivery
