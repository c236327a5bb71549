#include "delivery/dispatcher.hpp"

#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

namespace mih::delivery {
namespace {

using core::CircuitState;
using core::DeadReason;
using core::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

core::Reply status(int code) {
  core::Reply reply;
  reply.http_status = code;
  return reply;
}

core::Reply refused() {
  core::Reply reply;
  reply.failure = core::Failure::kRefused;
  reply.error = "connection refused";
  return reply;
}

/// A dispatcher with a store that commits at once, a clock moved by hand, and a service whose
/// replies are scripted.
class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    service_.id = core::ServiceId{1};
    service_.name = "crm";
    service_.base_url = "http://crm.example";
    rule_.id = core::RuleId{1};
    rule_.name = "rule";
    rule_.eventname = "\\core\\event\\user_created";
    rule_.service = service_.id;
    rule_.service_name = service_.name;
  }

  void start(std::size_t max_in_memory = 1000) {
    Dispatcher::Options options;
    options.max_in_memory = max_in_memory;
    options.chance = [] { return 0.0; };
    dispatcher_.emplace(std::move(options), catalog(), circuits_, std::vector<core::ServiceId>{},
                        now_);
    run();
  }

  std::shared_ptr<const engine::Catalog> catalog() {
    std::vector<core::Service> services;
    if (has_service_) services.push_back(service_);
    std::vector<engine::CompiledRule> rules;
    if (has_rule_) rules.push_back(engine::compile_rule(rule_).value());
    return std::make_shared<const engine::Catalog>(++version_, services, rules);
  }

  void reconfigure() {
    dispatcher_->set_catalog(catalog(), now_);
    run();
  }

  core::Delivery delivery(std::int64_t seq, std::string order = "") {
    auto event = std::make_shared<core::Event>();
    event->seq = core::EventSeq{seq};
    event->site = "default";
    event->id = std::to_string(seq);
    event->name = rule_.eventname;
    event->body = R"({"userid":5})";
    event->accepted = now_.wall;
    core::Delivery d;
    d.key = {event->seq, 0};
    d.rule = rule_.id;
    d.service = service_.id;
    d.ordering_key = std::move(order);
    d.event = std::move(event);
    return d;
  }

  void accept(std::int64_t seq, std::string order = "") {
    std::vector<core::Delivery> deliveries;
    deliveries.push_back(delivery(seq, std::move(order)));
    dispatcher_->add(std::move(deliveries), now_);
    run();
  }

  /// Runs the dispatcher until it has nothing more to do now. Records are committed at once, unless
  /// commits_held_.
  void run() {
    while (true) {
      auto effects = dispatcher_->run(now_);
      for (auto& send : effects.sends) {
        sent_.push_back({now_.steady, send.call, send.request.delivery_id});
        open_calls_.push_back(send.call);
      }
      for (auto& update : effects.updates) {
        const auto seq = update.key.event.value;
        states_[seq] = update.progress.state;
        if (update.letter) letters_[seq] = std::move(*update.letter);
      }
      for (const auto& record : effects.circuits)
        record_ = record;
      for (const auto& call : effects.calls)
        calls_.push_back(call);
      for (const auto& load : effects.loads)
        loads_.push_back(load);
      for (auto& reached : effects.answers)
        answers_[reached.id] = std::move(reached.answer);
      spills_ += effects.spills.size();
      if (effects.has_records()) {
        tickets_.push_back(effects.ticket);
        if (!commits_held_) commit();
        continue;
      }
      if (loads_.empty() || !answer_loads_) return;
      dispatcher_->on_loaded(loads_.front().service, store::Window{{}, true}, now_);
      loads_.pop_front();
    }
  }

  void commit() {
    for (; !tickets_.empty(); tickets_.pop_front()) {
      dispatcher_->on_recorded(tickets_.front(), now_);
    }
  }

  void call(GatewayId id, milliseconds timeout = seconds{30}) {
    GatewayCall call;
    call.id = id;
    call.request.service = std::make_shared<const core::Service>(service_);
    call.request.url = service_.base_url;
    call.request.timeout = service_.timeout;
    call.asked = now_.steady;
    call.deadline = now_.steady + timeout;
    dispatcher_->call(std::move(call), now_);
    run();
  }

  /// Answers the oldest call that is under way.
  void answer(core::Reply reply) {
    ASSERT_FALSE(open_calls_.empty()) << "nothing was sent";
    const auto call = open_calls_.front();
    open_calls_.pop_front();
    dispatcher_->on_reply(call, std::move(reply), now_);
    run();
  }

  void advance(milliseconds by) {
    now_.steady += by;
    now_.wall += by;
    run();
  }

  /// Moves the clock to the next time at which the dispatcher wants to do something.
  void advance_to_wakeup() {
    const auto wakeup = dispatcher_->next_wakeup();
    ASSERT_TRUE(wakeup) << "would sleep for ever";
    advance(std::chrono::ceil<milliseconds>(*wakeup - now_.steady));
  }

  CircuitState circuit() { return dispatcher_->snapshot(now_).at(service_.id).circuit; }

  struct Sent {
    SteadyTime time;
    transport::CallId call;
    std::string delivery;
  };

  core::Service service_;
  core::Rule rule_;
  bool has_service_ = true;
  bool has_rule_ = true;
  std::uint64_t version_ = 0;
  std::vector<core::CircuitRecord> circuits_;
  Now now_{WallTime{seconds{1'700'000'000}}, SteadyTime{seconds{1000}}};
  std::optional<Dispatcher> dispatcher_;

  std::vector<Sent> sent_;
  std::deque<transport::CallId> open_calls_;
  std::map<std::int64_t, DeliveryState> states_;
  std::map<std::int64_t, core::DeadLetter> letters_;
  std::vector<store::CallRecord> calls_;
  std::optional<core::CircuitRecord> record_;
  std::map<GatewayId, GatewayAnswer> answers_;
  std::deque<Load> loads_;
  std::size_t spills_ = 0;
  bool answer_loads_ = true;
  bool commits_held_ = false;
  std::deque<std::uint64_t> tickets_;
};

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

TEST_F(DispatcherTest, ADeletedRuleEndsWhatIsQueued) {
  service_.enabled = false;
  start();
  accept(1);
  has_rule_ = false;
  reconfigure();
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
  EXPECT_FALSE(dispatcher_->retry_now(service_.id, {core::EventSeq{1}, 0}, now_));
  answer(status(500));
  EXPECT_TRUE(dispatcher_->retry_now(service_.id, {core::EventSeq{1}, 0}, now_));
  run();
  EXPECT_EQ(sent_.size(), 2u);
  answer(status(500));
  EXPECT_TRUE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, now_));
  run();
  EXPECT_EQ(letters_.at(1).reason, DeadReason::kCancelled);
  EXPECT_FALSE(dispatcher_->cancel(service_.id, {core::EventSeq{1}, 0}, now_));
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

TEST_F(DispatcherTest, AGatewayCallIsAnsweredWithTheRealResult) {
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

TEST_F(DispatcherTest, AGatewayCallGoesBeforeQueuedDeliveries) {
  service_.max_concurrency = 1;
  start();
  for (int seq = 1; seq <= 3; ++seq)
    accept(seq);
  call(1);
  answer(status(200));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].delivery, "");
}

TEST_F(DispatcherTest, AGatewayCallIsRetriedWithinItsTime) {
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
}

TEST_F(DispatcherTest, AGatewayCallMeetsAnOpenCircuitAtOnce) {
  service_.cb_failure_threshold = 1;
  start();
  accept(1);
  answer(status(500));
  advance(seconds{10});
  call(1);
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kCircuitOpen);
  EXPECT_EQ(answers_.at(1).retry_in, seconds{20});
}

TEST_F(DispatcherTest, ACircuitThatOpensUnderACallGivesTheLastResult) {
  service_.cb_failure_threshold = 1;
  start();
  call(1);
  answer(refused());
  EXPECT_EQ(answers_.at(1).kind, GatewayAnswer::Kind::kResult);
  EXPECT_EQ(answers_.at(1).reply.failure, core::Failure::kRefused);
  EXPECT_EQ(answers_.at(1).attempts, 1);
}

TEST_F(DispatcherTest, ACallCanBeTheProbe) {
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

TEST_F(DispatcherTest, TooManyRequestsAnswersACallAtOnce) {
  start();
  call(1);
  answer(status(429));
  EXPECT_EQ(answers_.at(1).reply.http_status, 429);
  EXPECT_FALSE(answers_.at(1).success);
}

TEST_F(DispatcherTest, NoSlotInTimeIsBusyAndNoTokenIsRateLimited) {
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

}  // namespace
}  // namespace mih::delivery
