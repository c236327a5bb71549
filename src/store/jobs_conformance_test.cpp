#include "support/store_test.hpp"

/// Bulk actions, replays as sent, deduplication, enqueued calls: what every store must do.
namespace mih::store {
namespace {

using namespace mih::test;
using core::DeliveryState;
using core::JobKind;
using core::JobState;
using core::ReplayMode;

class JobsTest : public StoreTest {
 protected:
  core::JobId start(JobKind kind, const std::vector<core::DeadLetterId>& letters) {
    const auto job = value_of(store().add_job(kind, ReplayMode::kCurrent, at(10)));
    check(store().extend_job(job, letters));
    value_of(store().start_job(job));
    return job;
  }
};

MIH_EACH_STORE(JobsTest);

TEST_P(JobsTest, AJobIsWorkedOffInStepsOverARestart) {
  std::vector<core::DeadLetterId> letters;
  for (const auto* id : {"a", "b", "c"})
    letters.push_back(dead_letter_for(id));
  const auto id = start(JobKind::kReplay, letters);
  std::vector<core::Delivery> ready;
  auto job = value_of(store().step_job(id, 2, at(11), ready));
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.total, 3);
  EXPECT_EQ(job.done, 2);
  EXPECT_EQ(ready.size(), 2U);
  subject_->reopen();
  EXPECT_EQ(value_of(reader().running_jobs()), std::vector{id});
  job = value_of(store().step_job(id, 2, at(11), ready));
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.succeeded, 3);
  EXPECT_TRUE(value_of(reader().running_jobs()).empty());
  EXPECT_EQ(value_of(reader().job(id))->done, 3);
  EXPECT_EQ(value_of(store().step_job(id, 2, at(12), ready)).done, 3) << "an ended job rests";
}

TEST_P(JobsTest, AJobThatWasNotStartedIsDroppedByARestart) {
  const auto letter = dead_letter_for("a");
  const auto job = value_of(store().add_job(JobKind::kDelete, ReplayMode::kCurrent, at(10)));
  check(store().extend_job(job, {letter}));
  subject_->reopen();
  EXPECT_FALSE(value_of(reader().job(job)));
  EXPECT_TRUE(value_of(reader().dead_letter(letter)));
}

TEST_P(JobsTest, TheSetIsFixedAtTheStart) {
  const auto first = dead_letter_for("a");
  const auto id = start(JobKind::kDelete, {first, first});
  const auto later = dead_letter_for("b");
  std::vector<core::Delivery> none;
  const auto job = value_of(store().step_job(id, 100, at(11), none));
  EXPECT_EQ(job.total, 1) << "each letter once";
  EXPECT_EQ(job.succeeded, 1);
  EXPECT_TRUE(value_of(reader().dead_letter(later)));
}

TEST_P(JobsTest, UnknownJobsAreNotFound) {
  std::vector<core::Delivery> none;
  EXPECT_EQ(store().step_job(core::JobId{9}, 1, at(1), none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store().start_job(core::JobId{9}).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(value_of(reader().job(core::JobId{9})));
}

TEST_P(JobsTest, AReplayAsSentCarriesTheStoredRequestAlsoAfterARestart) {
  const auto delivery = accept("a").at(0);
  auto update = dead(delivery, at(2));
  update.letter->method = "PUT";
  update.letter->url = "http://crm.example/old";
  update.letter->headers = {{"X-A", "1"}};
  update.letter->payload = R"({"old":true})";
  const auto letter = record(std::move(update)).updates.front().letter->id;
  check(store().remove_rule(rule_.id));
  std::vector<core::Delivery> ready;
  const auto job = value_of(test::replay(store(), {letter}, at(10), ready, ReplayMode::kAsSent));
  EXPECT_EQ(job.succeeded, 1) << "the rule is not needed";
  ASSERT_EQ(ready.size(), 1U);
  subject_->reopen();
  const auto loaded = value_of(store().load(crm_.id, {}, 10)).deliveries;
  ASSERT_EQ(loaded.size(), 1U);
  for (const auto& sent : {ready[0].as_sent, loaded[0].as_sent}) {
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->method, "PUT");
    EXPECT_EQ(sent->url, "http://crm.example/old");
    EXPECT_EQ(sent->headers, (core::Headers{{"X-A", "1"}}));
    EXPECT_EQ(sent->body, R"({"old":true})");
  }
  record(delivered(loaded[0], at(12)));
  EXPECT_FALSE(value_of(reader().dead_letter(letter)));
}

TEST_P(JobsTest, WhatWasNeverSentCannotBeReplayedAsSent) {
  const auto delivery = accept("a").at(0);
  auto update = dead(delivery, at(2));
  update.letter->method.clear();
  const auto letter = record(std::move(update)).updates.front().letter->id;
  std::vector<core::Delivery> ready;
  const auto job = value_of(test::replay(store(), {letter}, at(10), ready, ReplayMode::kAsSent));
  EXPECT_EQ(job.skipped, 1);
  EXPECT_EQ(job.errors.at(0), "dead letter 1: it was never sent");
  EXPECT_TRUE(ready.empty());
}

TEST_P(JobsTest, LettersOfARemovedServiceAndRuleKeepTheirNames) {
  const auto delivery = accept("a").at(0);
  check(store().remove_rule(rule_.id));
  value_of(store().remove_service(crm_.id, at(2)));
  auto update = dead(delivery, at(3));
  update.letter->service_name.clear();
  update.letter->rule_name.clear();
  const auto letter = record(std::move(update)).updates.front().letter->id;
  const auto shown = value_of(reader().dead_letter(letter));
  EXPECT_EQ(shown->service_name, "crm");
  EXPECT_EQ(shown->rule_name, "new users");

  std::vector<core::Delivery> ready;
  const auto gone = value_of(test::replay(store(), {letter}, at(4), ready, ReplayMode::kAsSent));
  EXPECT_EQ(gone.errors.at(0), "dead letter 1: its service was deleted");
  const auto again = value_of(store().save_service(make_service("crm"), at(5)));
  value_of(store().load(again.id, {}, 10));
  value_of(test::replay(store(), {letter}, at(6), ready, ReplayMode::kAsSent));
  ASSERT_EQ(ready.size(), 1U) << "a new service of the name serves it";
  EXPECT_EQ(ready[0].service, again.id);
}

TEST_P(JobsTest, ALetterThatFollowsFromNoAttemptHasTheResponseToTheLast) {
  const auto delivery = accept("a").at(0);
  auto waits = retrying(delivery, at(2));
  waits.response = "quota exceeded";
  const auto attempts = waits.progress.attempts;
  record(std::move(waits));
  subject_->reopen();
  auto cancelled = make_update(delivery, DeliveryState::kDead);
  cancelled.progress.attempts = attempts;
  cancelled.letter = std::move(dead(delivery, at(3)).letter);
  cancelled.letter->attempts = attempts;
  cancelled.letter->response.clear();
  const auto letter = record(std::move(cancelled)).updates.front().letter->id;
  EXPECT_EQ(value_of(reader().dead_letter(letter))->response, "quota exceeded");

  value_of(store().load(crm_.id, {}, 10));
  const auto other = accept("b").at(0);
  auto first = retrying(other, at(2));
  first.response = "old";
  record(std::move(first));
  auto silent = dead(other, at(3));
  silent.progress.attempts.push_back(make_attempt(2, at(3), 500));
  silent.letter->attempts = silent.progress.attempts;
  silent.letter->response.clear();
  const auto without = record(std::move(silent)).updates.front().letter->id;
  EXPECT_EQ(value_of(reader().dead_letter(without))->response, "") << "another attempt had none";
}

TEST_P(JobsTest, APauseThatWasAskedForIsKept) {
  auto waits = retrying(accept("a").at(0), at(2));
  waits.progress.asked_wait = std::chrono::seconds{900};
  record(std::move(waits));
  subject_->reopen();
  const auto loaded = value_of(store().load(crm_.id, {}, 10)).deliveries;
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_EQ(loaded[0].progress.asked_wait, std::chrono::seconds{900});
}

class DedupeTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    fan_out_[0].dedupe = {.key = "meaning-1", .window = std::chrono::seconds{60}};
  }
  std::int64_t deduplicated() { return value_of(reader().totals()).deduplicated; }
};

MIH_EACH_STORE(DedupeTest);

TEST_P(DedupeTest, TheWindowIsFixedAndSurvivesARestart) {
  EXPECT_EQ(accept("a", at(1)).size(), 1U);
  EXPECT_EQ(accept("b", at(60)).size(), 0U);
  EXPECT_EQ(deduplicated(), 1);
  subject_->reopen();
  value_of(store().load(crm_.id, {}, 10));
  EXPECT_EQ(accept("c", at(60)).size(), 0U);
  EXPECT_EQ(accept("d", at(61)).size(), 1U) << "60 s after the first, not after the last";
  const auto totals = value_of(reader().totals());
  EXPECT_EQ(totals.events_accepted, 4);
  EXPECT_EQ(totals.unmatched, 0);
  EXPECT_EQ(totals.created, 2);
  EXPECT_EQ(totals.deduplicated, 2);
}

TEST_P(DedupeTest, OtherMeaningsSitesAndRulesAreOthers) {
  EXPECT_EQ(accept("a").size(), 1U);
  fan_out_[0].dedupe->key = "meaning-2";
  EXPECT_EQ(accept("b").size(), 1U);
  fan_out_[0].dedupe->key = "meaning-1";
  fan_out_[0].rule = value_of(store().save_rule(make_rule("other", crm_), at(0))).id;
  EXPECT_EQ(accept("c").size(), 1U);
  auto entry = make_entry("d", at(1), fan_out_);
  entry.event->site = "elsewhere";
  std::vector<EventEntry> events;
  events.push_back(std::move(entry));
  EXPECT_EQ(commit(std::move(events)).ready.size(), 1U);
  EXPECT_EQ(deduplicated(), 0);
}

TEST_P(DedupeTest, WithinOneBatchTheFirstCounts) {
  std::vector<EventEntry> events;
  events.push_back(make_entry("a", at(1), fan_out_));
  events.push_back(make_entry("b", at(1), fan_out_));
  const auto batch = commit(std::move(events));
  EXPECT_EQ(events_of(batch.ready), (Ids{"a"}));
  EXPECT_EQ(batch.events[1].outcome, EventEntry::Outcome::kAccepted);
}

TEST_P(DedupeTest, ADeliveryThatEndsDeadFreesItsKey) {
  dead_letter_for("a");
  EXPECT_EQ(accept("b", at(3)).size(), 1U);
  EXPECT_EQ(accept("c", at(4)).size(), 0U);
}

TEST_P(DedupeTest, ARepeatedIdIsADuplicateAndBeginsNoWindow) {
  fan_out_[0].dedupe->window = std::chrono::seconds{10};
  accept("a", at(1));
  EXPECT_EQ(outcome_of("a", at(8)), EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(accept("b", at(11)).size(), 1U);
  EXPECT_EQ(deduplicated(), 0);
}

class CallsTest : public StoreTest {
 protected:
  EventEntry call(const std::string& id) {
    std::vector<core::FanOut> to_crm{{.rule = {}, .service = crm_.id, .ordering_key = {}}};
    auto entry = make_entry(core::call_event_id("crm", id), at(1), to_crm);
    entry.event->name.clear();
    return entry;
  }
  Batch enqueue(const std::string& id) {
    std::vector<EventEntry> events;
    events.push_back(call(id));
    return commit(std::move(events));
  }
};

MIH_EACH_STORE(CallsTest);

TEST_P(CallsTest, AnEnqueuedCallIsADeliveryButNoEvent) {
  const auto batch = enqueue("c1");
  ASSERT_EQ(batch.ready.size(), 1U);
  const auto totals = value_of(reader().totals());
  EXPECT_EQ(totals.events_accepted, 0);
  EXPECT_EQ(totals.unmatched, 0);
  EXPECT_EQ(totals.created, 1);
  EXPECT_TRUE(value_of(reader().events({}, {})).empty());
  EXPECT_EQ(value_of(reader().events({.eventname = {}, .site = {}, .with_calls = true}, {})).size(),
            1U);
  const auto id = core::delivery_id("default", core::call_event_id("crm", "c1"), {});
  EXPECT_EQ(value_of(reader().delivery(id))->key, batch.ready[0].key);
}

TEST_P(CallsTest, ACallIdIsUniquePerServiceAndNeverAnEventId) {
  enqueue("c1");
  EXPECT_EQ(enqueue("c1").events[0].outcome, EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(value_of(reader().totals()).duplicates, 0) << "of events";
  EXPECT_EQ(outcome_of("c1"), EventEntry::Outcome::kAccepted);
}

TEST_P(CallsTest, ADeadCallIsReplayedWithoutARule) {
  const auto batch = enqueue("c1");
  const auto letter = record(dead(batch.ready[0], at(2))).updates[0].letter->id;
  std::vector<core::Delivery> ready;
  EXPECT_EQ(value_of(test::replay(store(), {letter}, at(10), ready)).succeeded, 1);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_FALSE(ready[0].rule);
}

class PendingTest : public StoreTest {};

MIH_EACH_STORE(PendingTest);

TEST_P(PendingTest, WhatIsBroughtForwardIsDueAlsoAfterwards) {
  const auto ready = accept("a");
  record(retrying(ready[0], at(2)));
  const auto id = core::delivery_id("default", "a", rule_.id);
  const auto due = [&] { return value_of(reader().delivery(id))->progress.due; };
  EXPECT_EQ(due(), at(3));
  check(store().bring_forward(crm_.id, ready[0].key, at(2)));
  EXPECT_EQ(due(), at(2));
  check(store().bring_forward(crm_.id, ready[0].key, at(100)));
  EXPECT_EQ(due(), at(2)) << "it is due already";
  check(store().bring_forward(crm_.id, {core::EventSeq{99}, 0}, at(2)));
}

TEST_P(PendingTest, WhatIsSpilledIsFoundByKeyAndByRule) {
  store().spill(crm_.id);
  const auto other = value_of(store().save_rule(make_rule("other", crm_), at(0)));
  for (const auto* id : {"a", "b", "c"})
    accept(id);
  fan_out_[0].rule = other.id;
  accept("d");
  EXPECT_EQ(events_of(value_of(store().load_of_rule(crm_.id, rule_.id, {}, 2))), (Ids{"a", "b"}));
  const auto behind = value_of(store().load_of_rule(crm_.id, rule_.id, {core::EventSeq{2}, 0}, 10));
  EXPECT_EQ(events_of(behind), (Ids{"c"}));
  const auto one = value_of(store().load_one(crm_.id, {core::EventSeq{4}, 0}));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->event->id, "d");
  EXPECT_EQ(one->rule, other.id);
  EXPECT_FALSE(value_of(store().load_one(crm_.id, {core::EventSeq{5}, 0})));
}

}  // namespace
}  // namespace mih::store
