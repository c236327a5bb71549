#include "store/writer.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>

#include "support/stores.hpp"

namespace mih::store {
namespace {

using namespace mih::test;

/// Time that moves when it is told to; the steady clock can run by itself so that waits end.
class ManualClock final : public Clock {
 public:
  Now now() const override {
    const std::int64_t steps = runs_ ? ++steps_ : steps_.load();
    return {at(0), SteadyTime{std::chrono::seconds{steps}}};
  }
  void run() { runs_ = true; }
  void pass(std::chrono::seconds time) { steps_ += time.count(); }

 private:
  mutable std::atomic<std::int64_t> steps_ = 0;
  std::atomic<bool> runs_ = false;
};

/// A store that notes what it is asked.
class SpyStore final : public memory::MemoryStore {
 public:
  Result<void> commit(Batch& batch) override {
    commits.push_back({batch.events.size(), batch.updates.size()});
    return MemoryStore::commit(batch);
  }
  Result<void> flush(WallTime now) override {
    ++flushes;
    return MemoryStore::flush(now);
  }
  Result<bool> maintain(WallTime now) override {
    if (!maintained.exchange(true)) first_care.set_value();
    return MemoryStore::maintain(now);
  }

  /// Events and updates of each commit that was tried.
  std::vector<std::pair<std::size_t, std::size_t>> commits;
  std::atomic<int> flushes = 0;
  std::atomic<bool> maintained = false;
  std::promise<void> first_care;
};

class WriterTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto crm = value_of(store_.save_service(make_service("crm"), at(0)));
    value_of(store_.load(crm.id, {}, 1));
    fan_out_ = {{core::RuleId{1}, crm.id, ""}};
    options_.dispatch = [this](std::vector<core::Delivery> ready) {
      journal_.push_back("dispatch " + std::to_string(ready.size()));
      std::ranges::move(ready, std::back_inserter(dispatched_));
    };
  }

  void start() { writer_.emplace(store_, clock_, options_); }
  /// Everything that was submitted is done.
  void stop() { writer_.reset(); }

  /// Holds the writer thread until the returned promise is set, so that what is submitted meanwhile
  /// waits together.
  std::promise<void> hold() {
    std::promise<void> release;
    std::promise<void> held;
    auto waiting = held.get_future();
    writer_->run([held = std::move(held), go = release.get_future()](Store&) mutable {
      held.set_value();
      go.wait();
    });
    waiting.wait();
    return release;
  }

  std::vector<EventEntry> entries(const std::vector<std::string>& ids) {
    std::vector<EventEntry> events;
    for (const auto& id : ids)
      events.push_back(make_entry(id, at(0), fan_out_));
    return events;
  }
  void accept(const std::vector<std::string>& ids, std::uint64_t rules_version = 0) {
    writer_->accept(entries(ids), rules_version, [this](Result<Intake> intake) {
      journal_.push_back(intake ? "accepted " + std::to_string(intake->events.size())
                                : std::string{code_name(intake.error().code)});
      if (intake) last_intake_ = std::move(*intake);
    });
  }
  void record(const core::Delivery& delivery) {
    std::vector<DeliveryUpdate> updates;
    updates.push_back(delivered(delivery, at(1)));
    writer_->record(std::move(updates), {}, {}, [this] { journal_.push_back("recorded"); });
  }
  void note(const std::string& text) {
    writer_->run([this, text](Store&) { journal_.push_back(text); });
  }
  void fail_next(std::optional<ErrorCode> code) {
    if (code)
      store_.fail_with(Error{*code, "broken", {}});
    else
      store_.fail_with(std::nullopt);
  }
  using Journal = std::vector<std::string>;

  SpyStore store_;
  ManualClock clock_;
  Writer::Options options_;
  std::vector<core::FanOut> fan_out_;
  Journal journal_;  // of the writer thread until it is stopped
  std::vector<core::Delivery> dispatched_;
  Intake last_intake_;
  std::optional<Writer> writer_;
};

TEST_F(WriterTest, DispatchesAndThenAnswersAfterTheCommit) {
  start();
  accept({"a", "b", "a"});
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 2", "accepted 3"}));
  EXPECT_EQ(last_intake_.events[2].outcome, EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(last_intake_.events[1].event->seq.value, 2);
}

TEST_F(WriterTest, EverythingThatWaitsIsOneCommit) {
  start();
  accept({"z"});
  auto release = hold();
  accept({"a", "b"});
  record(dispatched_.at(0));
  accept({"c"});
  release.set_value();
  stop();
  ASSERT_EQ(store_.commits.size(), 2U);
  EXPECT_EQ(store_.commits[1], (std::pair<std::size_t, std::size_t>{3, 1}));
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "dispatch 3", "accepted 2", "accepted 1",
                               "recorded"}));
}

TEST_F(WriterTest, ATaskRunsBetweenWhatCameBeforeAndAfterIt) {
  start();
  auto release = hold();
  accept({"a"});
  note("task");
  accept({"b"});
  release.set_value();
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "task", "dispatch 1", "accepted 1"}));
}

TEST_F(WriterTest, AGroupIsLimited) {
  options_.max_group = 2;
  start();
  auto release = hold();
  for (const char* id : {"a", "b", "c"})
    accept({id});
  release.set_value();
  stop();
  EXPECT_EQ(store_.commits.size(), 2U);
}

TEST_F(WriterTest, IntakeIsBusyWhenTooMuchWaits) {
  options_.max_waiting_events = 3;
  start();
  auto release = hold();
  accept({"a", "b"});
  accept({"c", "d"});
  accept({"e"});
  release.set_value();
  stop();
  EXPECT_EQ(journal_, (Journal{"busy", "dispatch 3", "accepted 2", "accepted 1"}));
}

TEST_F(WriterTest, ARequestThatIsLargerThanTheLimitIsTakenWhenNothingWaits) {
  options_.max_waiting_events = 1;
  start();
  accept({"a", "b"});
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 2", "accepted 2"}));
}

TEST_F(WriterTest, RefusesNewEventsButTakesOutcomes) {
  start();
  accept({"a"});
  hold().set_value();
  writer_->refuse_intake();
  accept({"b"});
  record(dispatched_.at(0));
  note("task");
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "starting", "recorded", "task"}));
}

TEST_F(WriterTest, WithLittleDiskOnlyIntakeIsRefused) {
  std::atomic<std::int64_t> free = 1'000;
  options_.min_free_disk = 1'000;
  options_.free_disk = [&] { return free.load(); };
  start();
  accept({"a"});
  auto release = hold();
  free = 999;
  accept({"b"});
  record(dispatched_.at(0));
  release.set_value();
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "disk_full", "recorded"}));
  EXPECT_EQ(value_of(store_.totals()).delivered, 1);
}

TEST_F(WriterTest, AFailedCommitIsAnsweredAndNothingIsDispatched) {
  start();
  fail_next(ErrorCode::kDiskFull);
  accept({"a"});
  note("task");
  stop();
  EXPECT_EQ(journal_, (Journal{"disk_full", "task"}));
}

TEST_F(WriterTest, ARefusedCommitIsTroubleUntilOneIsTakenOrForAWhile) {
  start();
  EXPECT_FALSE(writer_->in_trouble());
  fail_next(ErrorCode::kStoreFailed);
  accept({"a"});
  hold().set_value();
  EXPECT_TRUE(writer_->in_trouble());
  clock_.pass(std::chrono::minutes{1});  // nobody sends anything while there is trouble
  EXPECT_FALSE(writer_->in_trouble());
  accept({"b"});
  hold().set_value();
  EXPECT_TRUE(writer_->in_trouble());
  fail_next(std::nullopt);
  accept({"c"});
  hold().set_value();
  EXPECT_FALSE(writer_->in_trouble());
  stop();
}

TEST_F(WriterTest, OutcomesThatWaitAreTrouble) {
  start();
  accept({"a"});
  hold().set_value();
  fail_next(ErrorCode::kStoreFailed);
  record(dispatched_.at(0));
  for (const auto* id : {"b", "c"}) {  // the second is answered in the next turn
    std::promise<void> refused;
    writer_->accept(entries({id}), 0, [&](const Result<Intake>&) { refused.set_value(); });
    refused.get_future().wait();
  }
  clock_.pass(std::chrono::minutes{1});
  EXPECT_TRUE(writer_->in_trouble());
  fail_next(std::nullopt);
  clock_.run();
  stop();
}

TEST_F(WriterTest, OutcomesAreKeptUntilTheStoreTakesThem) {
  start();
  accept({"a"});
  auto release = hold();
  fail_next(ErrorCode::kStoreFailed);
  record(dispatched_.at(0));
  accept({"b"});
  std::promise<void> refused;
  writer_->accept(entries({"c"}), 0, [&](Result<Intake> intake) {
    journal_.push_back(std::string{code_name(intake.error().code)});
    refused.set_value();
  });
  release.set_value();
  refused.get_future().wait();
  note("task");
  // While the outcome waits to be tried again, intake is answered at once.
  std::promise<void> again;
  writer_->accept(entries({"d"}), 0, [&](Result<Intake> intake) {
    journal_.push_back(std::string{code_name(intake.error().code)});
    again.set_value();
  });
  again.get_future().wait();
  fail_next(std::nullopt);
  clock_.run();
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "store_failed", "store_failed",
                               "store_failed", "recorded", "task"}));
  EXPECT_EQ(value_of(store_.totals()).delivered, 1);
  EXPECT_EQ(value_of(store_.totals()).events_accepted, 1);
}

TEST_F(WriterTest, AStoreThatNeverRecoversDoesNotKeepTheProgramFromStopping) {
  start();
  accept({"a"});
  hold().set_value();
  fail_next(ErrorCode::kStoreFailed);
  record(dispatched_.at(0));
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1"}));
  EXPECT_GT(store_.commits.size(), 2U) << "it was tried again";
}

TEST_F(WriterTest, FanOutIsDecidedAgainWhenRulesChanged) {
  options_.rematch = [&](std::vector<EventEntry>& events) {
    journal_.push_back("rematch");
    for (auto& entry : events)
      entry.fan_out.clear();
  };
  start();
  auto release = hold();
  accept({"a"}, 0);
  writer_->run([this](Store&) { writer_->set_rules_version(2); });
  accept({"b"}, 0);
  accept({"c"}, 2);
  release.set_value();
  stop();
  EXPECT_EQ(journal_, (Journal{"dispatch 1", "accepted 1", "rematch", "dispatch 1", "accepted 1",
                               "accepted 1"}));
  EXPECT_EQ(value_of(store_.totals()).unmatched, 1);
}

TEST_F(WriterTest, WhatWasLearnedIsAskedForNowAndThenAndAtTheEnd) {
  std::atomic<int> asked = 0;
  options_.learned = [&](const core::KeptSince&) {
    return core::Learned{.names = {{.name = "n", .seen = ++asked, .last_seen = at(0)}}};
  };
  start();
  for (const char* id : {"a", "b", "c"}) {
    accept({id});
    hold().set_value();
  }
  accept({"d"});
  store_.first_care.get_future().wait();
  EXPECT_EQ(asked, 1) << "no time has passed";
  stop();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(value_of(store_.learned()).names.at(0).seen, 2);
}

TEST_F(WriterTest, LooksAfterTheStoreWhileIdleAndWhenItStops) {
  start();
  store_.first_care.get_future().wait();
  accept({"a"});
  stop();
  EXPECT_GE(store_.flushes, 1);
}

}  // namespace
}  // namespace mih::store
