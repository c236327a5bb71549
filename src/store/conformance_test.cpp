#include <functional>

#include "support/store_test.hpp"

/// What the queue of every store must do. Run against each implementation.
namespace mih::store {
namespace {

using namespace mih::test;
using core::DeliveryState;

MIH_EACH_STORE(StoreTest);

TEST_P(StoreTest, NewDeliveriesAreHandedOutInOrderOfAcceptance) {
  std::vector<EventEntry> events;
  for (const char* id : {"a", "b", "c"})
    events.push_back(make_entry(id, at(1), fan_out_));
  const Batch batch = commit(std::move(events));
  EXPECT_EQ(events_of(batch.ready), (Ids{"a", "b", "c"}));
  EXPECT_EQ(batch.ready[0].key, (core::DeliveryKey{batch.events[0].event->seq, 0}));
  EXPECT_LT(batch.ready[0].key, batch.ready[1].key);
  EXPECT_EQ(batch.ready[0].service, crm_.id);
  EXPECT_EQ(batch.ready[0].rule, rule_.id);
  EXPECT_EQ(batch.ready[0].ordering_key, "user-5");
  EXPECT_EQ(batch.ready[0].progress.state, DeliveryState::kPending);
  expect_totals(3, 0, 0);
}

TEST_P(StoreTest, AnEventWithoutRulesIsKeptAndCounted) {
  std::vector<EventEntry> events;
  events.push_back(make_entry("a", at(1), {}));
  EXPECT_TRUE(commit(std::move(events)).ready.empty());
  EXPECT_EQ(value_of(reader().totals()).unmatched, 1);
  EXPECT_EQ(value_of(reader().event("default", "a"))->body, make_entry("a", at(1), {}).event->body);
}

TEST_P(StoreTest, DuplicatesInsideABatchAndAcrossCommitsAndRestarts) {
  std::vector<EventEntry> events;
  events.push_back(make_entry("a", at(1), fan_out_));
  events.push_back(make_entry("a", at(1), fan_out_));
  const Batch batch = commit(std::move(events));
  EXPECT_EQ(batch.events[0].outcome, EventEntry::Outcome::kAccepted);
  EXPECT_EQ(batch.events[1].outcome, EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(batch.ready.size(), 1U);
  EXPECT_EQ(outcome_of("a"), EventEntry::Outcome::kDuplicate);
  subject_->reopen();
  EXPECT_EQ(outcome_of("a"), EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(value_of(reader().totals()).duplicates, 3);
  expect_totals(1, 0, 0);
}

TEST_P(StoreTest, IdsAreUniquePerSiteAndCaseSensitive) {
  accept("a");
  auto elsewhere = make_entry("a", at(1), fan_out_);
  elsewhere.event->site = "other";
  std::vector<EventEntry> events;
  events.push_back(std::move(elsewhere));
  EXPECT_EQ(commit(std::move(events)).events[0].outcome, EventEntry::Outcome::kAccepted);
  EXPECT_EQ(outcome_of("A"), EventEntry::Outcome::kAccepted);
}

TEST_P(StoreTest, AnIdIsRememberedFor72Hours) {
  constexpr std::int64_t kWindow = 72 * 3600;
  accept("a", at(0));
  EXPECT_EQ(outcome_of("a", at(kWindow - 1)), EventEntry::Outcome::kDuplicate);
  EXPECT_EQ(outcome_of("a", at(kWindow)), EventEntry::Outcome::kAccepted);
  EXPECT_EQ(outcome_of("a", at(kWindow + 1)), EventEntry::Outcome::kDuplicate);
}

TEST_P(StoreTest, AnIdIsRememberedWhenItsEventIsGone) {
  core::Settings settings;
  settings.event_retention = std::chrono::seconds{10};
  check(store().save_settings(settings));
  const auto ready = accept("a", at(0));
  record(delivered(ready[0], at(1)));
  while (value_of(store().maintain(at(100)))) {
  }
  EXPECT_FALSE(value_of(reader().event("default", "a")));
  EXPECT_EQ(outcome_of("a", at(100)), EventEntry::Outcome::kDuplicate);
}

TEST_P(StoreTest, ADeliveryEndsOnce) {
  const auto ready = accept("a");
  record(delivered(ready[0], at(2)));
  expect_totals(1, 1, 0);
  record(delivered(ready[0], at(3)));
  record(dead(ready[0], at(3)));
  record(retrying(ready[0], at(3)));
  expect_totals(1, 1, 0);
  EXPECT_TRUE(value_of(store().load(crm_.id, {}, 10)).deliveries.empty());
}

TEST_P(StoreTest, UpdatesForWhatDoesNotExistAreIgnored) {
  core::Delivery unknown = accept("a")[0];
  unknown.key.event.value += 100;
  record(delivered(unknown, at(2)));
  record(retrying(unknown, at(2)));
  expect_totals(1, 0, 0);
}

TEST_P(StoreTest, ARetryKeepsItsAttemptsOverARestart) {
  const auto ready = accept("a");
  const auto update = retrying(ready[0], at(2));
  record(retrying(ready[0], at(2)));
  subject_->reopen();
  const Window window = value_of(store().load(crm_.id, {}, 10));
  ASSERT_EQ(window.deliveries.size(), 1U);
  const core::Delivery& loaded = window.deliveries[0];
  EXPECT_EQ(loaded.progress.state, DeliveryState::kRetrying);
  EXPECT_EQ(loaded.progress.counted_attempts, 1);
  EXPECT_EQ(loaded.progress.due, update.progress.due);
  ASSERT_EQ(loaded.progress.attempts.size(), 1U);
  EXPECT_EQ(loaded.progress.attempts[0].http_status, 500);
  EXPECT_EQ(loaded.progress.attempts[0].error, "HTTP 500");
  EXPECT_EQ(loaded.event->body, ready[0].event->body);
  EXPECT_EQ(loaded.event->accepted, at(1));
  EXPECT_EQ(loaded.ordering_key, "user-5");
  record(delivered(loaded, at(5)));
  expect_totals(1, 1, 0);
}

TEST_P(StoreTest, AfterARestartEverythingOpenIsLoadedAndNothingElse) {
  const auto a = accept("a");
  const auto b = accept("b");
  const auto c = accept("c");
  record(delivered(b[0], at(2)));
  subject_->reopen();
  EXPECT_TRUE(accept("d").empty()) << "before its lane has loaded, a service spills";
  const Window window = value_of(store().load(crm_.id, {}, 10));
  EXPECT_EQ(events_of(window.deliveries), (Ids{"a", "c", "d"}));
  EXPECT_TRUE(window.drained);
  EXPECT_EQ(events_of(accept("e")), (Ids{"e"}));
  expect_totals(5, 1, 0);
}

TEST_P(StoreTest, SpillingDeliveriesAreLoadedWindowByWindow) {
  const auto first = accept("a");
  store().spill(crm_.id);
  for (const char* id : {"b", "c", "d"})
    EXPECT_TRUE(accept(id).empty());
  const Window window = value_of(store().load(crm_.id, first[0].key, 2));
  EXPECT_EQ(events_of(window.deliveries), (Ids{"b", "c"}));
  EXPECT_FALSE(window.drained);
  EXPECT_TRUE(accept("e").empty());
  const Window rest = value_of(store().load(crm_.id, window.deliveries.back().key, 2));
  EXPECT_EQ(events_of(rest.deliveries), (Ids{"d", "e"}));
  EXPECT_TRUE(rest.drained);
  EXPECT_EQ(events_of(accept("f")), (Ids{"f"}));
}

TEST_P(StoreTest, TheFirstWindowBeginsWithThoseThatWereTried) {
  std::vector<core::Delivery> deliveries;
  for (const char* id : {"a", "b", "c", "d"})
    deliveries.push_back(accept(id)[0]);
  record(retrying(deliveries[2], at(2)));
  record(retrying(deliveries[3], at(2)));
  subject_->reopen();
  const Window window = value_of(store().load(crm_.id, {}, 1));
  EXPECT_EQ(events_of(window.deliveries), (Ids{"c", "d", "a"}));
  EXPECT_FALSE(window.drained);
  const Window rest = value_of(store().load(crm_.id, window.deliveries.back().key, 10));
  EXPECT_EQ(events_of(rest.deliveries), (Ids{"b"}));
  EXPECT_TRUE(rest.drained);
}

TEST_P(StoreTest, AFullBacklogMakesDeadLettersAndOtherServicesNoticeNothing) {
  crm_.max_backlog = 1;
  crm_ = value_of(store().save_service(crm_, at(1)));
  const auto shop = value_of(store().save_service(make_service("shop"), at(1)));
  value_of(store().load(shop.id, {}, 1));
  fan_out_.push_back({.rule = rule_.id, .service = shop.id, .ordering_key = ""});
  EXPECT_EQ(accept("a").size(), 2U);
  const auto ready = accept("b");
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].service, shop.id);
  const auto letters = value_of(reader().dead_letters({}, {}));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].reason, core::DeadReason::kOverflow);
  EXPECT_EQ(letters[0].service_name, "crm");
  EXPECT_EQ(letters[0].rule_name, "new users");
  EXPECT_EQ(letters[0].event->id, "b");
  const auto totals = value_of(reader().totals());
  EXPECT_EQ(totals.created, 4);
  EXPECT_EQ(totals.dead, 1);
  EXPECT_EQ(totals.open(), 3);
}

TEST_P(StoreTest, AReplayThatIsDeliveredTakesTheDeadLetterWithIt) {
  const auto letter = dead_letter_for("a");
  expect_totals(1, 0, 1);
  std::vector<core::Delivery> ready;
  EXPECT_EQ(value_of(test::replay(store(), {letter}, at(10), ready)).succeeded, 1);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].replay_of, letter);
  EXPECT_EQ(ready[0].event->accepted, at(10)) << "its age counts from now";
  EXPECT_TRUE(ready[0].progress.attempts.empty());
  EXPECT_EQ(ready[0].ordering_key, "");
  EXPECT_EQ(ready[0].event->body, make_entry("a", at(1), {}).event->body);
  EXPECT_TRUE(value_of(reader().dead_letter(letter))->replaying);
  expect_totals(1, 0, 0);
  EXPECT_EQ(value_of(reader().events({}, {})).size(), 1U) << "a replay is not another event";
  record(delivered(ready[0], at(11)));
  EXPECT_FALSE(value_of(reader().dead_letter(letter)));
  EXPECT_EQ(value_of(reader().dead_letter_count()), 0);
  expect_totals(1, 1, 0);
}

TEST_P(StoreTest, AReplayThatFailsUpdatesTheDeadLetter) {
  const auto letter = dead_letter_for("a");
  std::vector<core::Delivery> ready;
  value_of(test::replay(store(), {letter}, at(10), ready));
  subject_->reopen();
  const Window window = value_of(store().load(crm_.id, {}, 10));
  ASSERT_EQ(window.deliveries.size(), 1U);
  EXPECT_EQ(window.deliveries[0].replay_of, letter);
  auto update = dead(window.deliveries[0], at(12));
  update.letter->error_message = "HTTP 418";
  EXPECT_EQ(record(std::move(update)).updates[0].letter->id, letter);
  const auto shown = value_of(reader().dead_letter(letter));
  EXPECT_EQ(shown->error_message, "HTTP 418");
  EXPECT_FALSE(shown->replaying);
  EXPECT_EQ(shown->created, at(2));
  EXPECT_EQ(value_of(reader().dead_letter_count()), 1);
  expect_totals(1, 0, 1);
}

TEST_P(StoreTest, AReplayIsSkippedWithAReason) {
  const auto letter = dead_letter_for("a");
  std::vector<core::Delivery> ready;
  value_of(test::replay(store(), {letter}, at(10), ready));
  auto result = value_of(test::replay(store(), {letter, core::DeadLetterId{99}}, at(10), ready));
  EXPECT_EQ(result.skipped, 2);
  EXPECT_EQ(result.errors.size(), 2U);
  EXPECT_EQ(ready.size(), 1U);
  EXPECT_EQ(value_of(test::remove_letters(store(), {letter})).skipped, 1);
  record(dead(ready[0], at(11)));
  check(store().remove_rule(rule_.id));
  EXPECT_EQ(value_of(test::replay(store(), {letter}, at(12), ready)).skipped, 1);
  EXPECT_EQ(value_of(test::remove_letters(store(), {letter})).succeeded, 1);
  EXPECT_EQ(value_of(reader().dead_letter_count()), 0);
  expect_totals(1, 0, 1);
}

TEST_P(StoreTest, ADeliveryIsFoundByItsIdInEachState) {
  const std::string id = core::delivery_id("default", "a", rule_.id);
  const auto ready = accept("a");
  EXPECT_EQ(value_of(reader().delivery(id))->progress.state, DeliveryState::kPending);
  record(retrying(ready[0], at(2)));
  EXPECT_EQ(value_of(reader().delivery(id))->progress.state, DeliveryState::kRetrying);
  const auto letter = record(dead(ready[0], at(3))).updates[0].letter->id;
  EXPECT_EQ(value_of(reader().delivery(id))->progress.state, DeliveryState::kDead);
  std::vector<core::Delivery> replayed;
  value_of(test::replay(store(), {letter}, at(10), replayed));
  EXPECT_EQ(value_of(reader().delivery(id))->progress.state, DeliveryState::kPending);
  record(delivered(replayed[0], at(11)));
  const auto row = value_of(reader().delivery(id));
  EXPECT_EQ(row->progress.state, DeliveryState::kDelivered);
  EXPECT_EQ(row->progress.attempts.size(), 1U);
  const auto of_event = value_of(reader().deliveries_of(ready[0].key.event));
  ASSERT_EQ(of_event.size(), 1U);
  EXPECT_EQ(of_event[0].progress.state, DeliveryState::kDelivered);
  EXPECT_EQ(value_of(reader().deliveries({}, {})).size(), 1U);
  EXPECT_FALSE(value_of(reader().delivery("d_unknown")));
}

TEST_P(StoreTest, OldEventsGoWhenTheyAreFinished) {
  core::Settings settings;
  settings.event_retention_count = 1;
  check(store().save_settings(settings));
  const auto a = accept("a");
  const auto b = accept("b");
  record(retrying(a[0], at(2)));
  record(delivered(b[0], at(2)));
  accept("c");
  while (value_of(store().maintain(at(3)))) {
  }
  EXPECT_TRUE(value_of(reader().event("default", "a"))) << "it is open";
  EXPECT_FALSE(value_of(reader().event("default", "b")));
  EXPECT_TRUE(value_of(reader().event("default", "c")));
  record(delivered(a[0], at(4)));
  EXPECT_FALSE(value_of(reader().event("default", "a")));
  EXPECT_TRUE(value_of(reader().deliveries_of(a[0].key.event)).empty());
}

TEST_P(StoreTest, AnEventThatWaitsDoesNotKeepThoseBehindIt) {
  core::Settings settings;
  settings.event_retention_count = 1;
  check(store().save_settings(settings));
  const auto a = accept("a", at(1));  // of a service that is paused, say: not tried yet
  const auto b = accept("b", at(1));
  record(delivered(b[0], at(1)));
  accept("c", at(1));
  const auto maintain = [&](WallTime now) {
    while (value_of(store().maintain(now))) {
    }
  };
  maintain(at(2));
  EXPECT_TRUE(value_of(reader().event("default", "b"))) << "a may be on its way";
  maintain(at(10));
  EXPECT_TRUE(value_of(reader().event("default", "a"))) << "it is open";
  EXPECT_FALSE(value_of(reader().event("default", "b")));
  record(retrying(a[0], at(11)));
  record(delivered(a[0], at(12)));
  EXPECT_FALSE(value_of(reader().event("default", "a")));
}

TEST_P(StoreTest, OldestOpenIsTheAgeOfTheOldestUnfinished) {
  EXPECT_FALSE(value_of(reader().oldest_open()));
  const auto a = accept("a", at(5));
  const auto b = accept("b", at(6));
  EXPECT_EQ(value_of(reader().oldest_open()), at(5));
  record(retrying(a[0], at(7)));
  EXPECT_EQ(value_of(reader().oldest_open()), at(5));
  record(delivered(a[0], at(8)));
  EXPECT_EQ(value_of(reader().oldest_open()), at(6));
  record(delivered(b[0], at(8)));
  EXPECT_FALSE(value_of(reader().oldest_open()));
}

}  // namespace
}  // namespace mih::store
