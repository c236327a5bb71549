#include <functional>

#include "support/store_description.hpp"
#include "support/store_test.hpp"

/// Erasing what there is of a person: what every store must do.
namespace mih::store {
namespace {

using namespace mih::test;

constexpr std::int64_t kAda = 4711;
constexpr std::int64_t kGrace = 4712;

EventEntry entry_of(std::int64_t user, const std::string& id, std::vector<core::FanOut> fan_out,
                    const std::string& site = "main") {
  auto entry = make_entry(id, at(1), std::move(fan_out));
  entry.event->site = site;
  entry.event->body = fmt::format(R"({{"userid":{},"id":"{}"}})", user, id);
  return entry;
}

class PrivacyTest : public StoreTest {
 protected:
  PersonalData& data() { return subject_->personal_data(); }

  std::vector<core::Delivery> accept_of(std::int64_t user, const std::string& id,
                                        const std::string& site = "main") {
    std::vector<EventEntry> events;
    events.push_back(entry_of(user, id, fan_out_, site));
    return commit(std::move(events)).ready;
  }
  /// Accepts an event and ends its delivery, with a row in the log.
  void finish(std::int64_t user, const std::string& id,
              const std::function<DeliveryUpdate(const core::Delivery&, WallTime)>& how,
              const std::string& site = "main") {
    Batch batch;
    batch.now = at(2);
    for (const auto& delivery : accept_of(user, id, site)) {
      batch.updates.push_back(how(delivery, at(2)));
      batch.calls.push_back(make_call(crm_.id, at(2), true));
      batch.calls.back().delivery_id = core::delivery_id(site, id, delivery.rule);
    }
    check(store().commit(batch));
  }
  core::Erasure begin(std::int64_t user = kAda, const std::string& site = "main") {
    return value_of(data().begin_erasure(site, user, at(5)));
  }
  /// Steps until it is done, or waits.
  core::Erasure work_off(std::int64_t id) {
    for (;;) {
      bool progress = false;
      auto erasure = value_of(data().step_erasure(id, at(6), progress));
      if (erasure.done || !progress) return erasure;
    }
  }
  core::Erasure erase(std::int64_t user = kAda, const std::string& site = "main") {
    return work_off(begin(user, site).id);
  }
  Ids event_ids() {
    Ids ids;
    for (const auto& event : value_of(reader().events({}, {})))
      ids.push_back(event.id);
    return ids;
  }
  Ids letters() {
    Ids ids;
    for (const auto& letter : value_of(reader().dead_letters({}, {})))
      ids.push_back(letter.reason == core::DeadReason::kInbound ? letter.payload
                                                                : letter.event->id);
    return ids;
  }
  std::size_t log_rows() {
    check(store().flush(at(6)));
    return value_of(reader().log({}, {})).size();
  }
  void refuse_message(std::string body, core::ServiceId service) {
    Batch batch;
    batch.now = at(2);
    auto& entry = batch.inbound.emplace_back();
    entry.message.service = service;
    entry.message.service_name = "crm";
    entry.message.id = "m";
    entry.message.body = std::move(body);
    entry.message.received = at(2);
    entry.refusal = "Moodle cannot take it";
    check(store().commit(batch));
  }
};

MIH_EACH_STORE(PrivacyTest);

TEST_P(PrivacyTest, FinishedEventsGoWithTheirLettersAndLogRowsAndTotalsStay) {
  finish(kAda, "a1", delivered);
  finish(kGrace, "g1", delivered);
  finish(kAda, "a2", dead);
  finish(kGrace, "g2", dead);
  finish(kAda, "elsewhere", dead, "other");
  EXPECT_EQ(log_rows(), 5U);
  const auto totals = describe(value_of(reader().totals()));
  const auto erasure = erase();
  EXPECT_TRUE(erasure.done);
  EXPECT_EQ(erasure.events, 2);
  EXPECT_EQ(erasure.dead_letters, 1);
  EXPECT_EQ(erasure.log_rows, 2);
  EXPECT_EQ(event_ids(), (Ids{"elsewhere", "g2", "g1"}));
  EXPECT_EQ(letters(), (Ids{"elsewhere", "g2"}));
  EXPECT_EQ(value_of(reader().dead_letter_count()), 2);
  EXPECT_EQ(log_rows(), 3U);
  EXPECT_EQ(describe(value_of(reader().totals())), totals);
  EXPECT_FALSE(value_of(reader().delivery(core::delivery_id("main", "a1", rule_.id))));
}

TEST_P(PrivacyTest, AnErasedIdStaysKnown) {
  finish(kAda, "a", delivered);
  erase();
  std::vector<EventEntry> events;
  events.push_back(entry_of(kAda, "a", fan_out_));
  EXPECT_EQ(commit(std::move(events)).events[0].outcome, EventEntry::Outcome::kDuplicate);
}

TEST_P(PrivacyTest, WhatIsOpenGoesWhenItHasEndedAlsoAfterARestart) {
  const auto open = accept_of(kAda, "a");
  auto erasure = erase();
  EXPECT_FALSE(erasure.done);
  EXPECT_EQ(erasure.waiting, 1);
  EXPECT_EQ(value_of(data().running_erasures()), std::vector{erasure.id});
  EXPECT_EQ(event_ids(), (Ids{"a"}));
  subject_->reopen();
  EXPECT_EQ(value_of(data().erasure(erasure.id))->waiting, 1);
  const auto loaded = value_of(store().load(crm_.id, {}, 10)).deliveries;
  ASSERT_EQ(loaded.size(), open.size());
  record(dead(loaded.at(0), at(7)), at(7));
  erasure = work_off(erasure.id);
  EXPECT_TRUE(erasure.done);
  EXPECT_EQ(erasure.events, 1);
  EXPECT_EQ(erasure.dead_letters, 1) << "the letter that it ended with";
  EXPECT_EQ(event_ids(), Ids{});
  EXPECT_EQ(letters(), Ids{});
  expect_totals(1, 0, 1);
}

TEST_P(PrivacyTest, ALetterThatReplaysIsAnOpenDelivery) {
  finish(kAda, "a", dead);
  const auto letter = value_of(reader().find_dead_letters({})).at(0);
  std::vector<core::Delivery> ready;
  value_of(replay(store(), {letter}, at(4), ready));
  auto erasure = erase();
  EXPECT_FALSE(erasure.done);
  EXPECT_EQ(letters(), (Ids{"a"}));
  ASSERT_EQ(ready.size(), 1U);
  record(delivered(ready.at(0), at(7)), at(7));
  erasure = work_off(erasure.id);
  EXPECT_TRUE(erasure.done);
  EXPECT_EQ(erasure.events, 2) << "the replay is a row of its own";
  EXPECT_EQ(event_ids(), Ids{});
  EXPECT_EQ(letters(), Ids{});
}

TEST_P(PrivacyTest, MessagesThatCouldNotBeHandedOver) {
  const std::string theirs = R"({"userid":4711})";
  refuse_message(theirs, crm_.id);
  refuse_message(R"({"userid":4712})", crm_.id);
  auto bound = make_service("bound");
  bound.inbound_site = "other";
  bound = value_of(store().save_service(bound, at(1)));
  refuse_message(theirs, bound.id);
  EXPECT_EQ(erase().dead_letters, 1);
  EXPECT_EQ(letters(), (Ids{theirs, R"({"userid":4712})"}));
  EXPECT_EQ(erase(kAda, "other").dead_letters, 1);
  value_of(store().remove_service(crm_.id, at(6)));
  EXPECT_EQ(erase(kGrace, "other").dead_letters, 1) << "nothing says whose site it was";
}

TEST_P(PrivacyTest, AMessageThatWaitsIsHandedOver) {
  Batch batch;
  batch.now = at(2);
  auto& entry = batch.inbound.emplace_back();
  entry.message.service = crm_.id;
  entry.message.id = "m";
  entry.message.body = R"({"userid":4711})";
  entry.message.received = at(2);
  check(store().commit(batch));
  EXPECT_TRUE(erase().done);
  EXPECT_EQ(value_of(reader().inbound_rows(crm_.id, {}, 10)).size(), 1U);
}

TEST_P(PrivacyTest, SamplesAndFieldsThatAreKnownFromThem) {
  const auto sample = [](std::int64_t number, std::string site, core::People people) {
    auto event = std::make_shared<core::Event>();
    event->site = std::move(site);
    event->id = fmt::format("s{}", number);
    return core::LearnedSample{
        .number = number, .event = std::move(event), .people = std::move(people)};
  };
  const auto field = [](std::string path, std::string site, core::People people) {
    return core::LearnedField{.eventname = "\\a\\b",
                              .path = std::move(path),
                              .type = "string",
                              .example = "\"x\"",
                              .site = std::move(site),
                              .people = std::move(people)};
  };
  store().learn(
      {.names = {{"\\a\\b", 1, at(1)}},
       .fields = {field("theirs", "main", {.users = {5, kAda}}),
                  field("of many", "main", {.many = true}),
                  field("elsewhere", "other", {.users = {kAda}}),
                  field("another", "main", {.users = {471, 47110, 14711}})},
       .samples = {sample(1, "main", {.users = {kAda}}), sample(2, "main", {.many = true}),
                   sample(3, "other", {.users = {kAda}}), sample(4, "main", {.users = {kGrace}}),
                   sample(5, "main", {})}});
  EXPECT_TRUE(erase().done);
  const auto left = value_of(reader().learned());
  Ids paths;
  Ids samples;
  for (const auto& one : left.fields)
    paths.push_back(one.path);
  for (const auto& one : left.samples)
    samples.push_back(one.event->id);
  EXPECT_EQ(paths, (Ids{"another", "elsewhere"}));
  EXPECT_EQ(samples, (Ids{"s3", "s4", "s5"}));
  EXPECT_EQ(left.names.size(), 1U);
}

TEST_P(PrivacyTest, WhatIsLearnedWhileItWaitsGoesAtTheEnd) {
  const auto open = accept_of(kAda, "a");
  const auto erasure = erase();
  auto event = std::make_shared<core::Event>();
  event->site = "main";
  store().learn({.samples = {{.number = 1, .event = event, .people = {.users = {kAda}}}}});
  record(delivered(open.at(0), at(7)), at(7));
  EXPECT_TRUE(work_off(erasure.id).done);
  EXPECT_TRUE(value_of(reader().learned()).samples.empty());
}

TEST_P(PrivacyTest, ARepeatedRequestIsTheSameUntilItHasBegun) {
  finish(kAda, "a1", delivered);
  const auto first = begin();
  finish(kAda, "a2", delivered);
  EXPECT_EQ(begin().id, first.id);
  EXPECT_NE(begin(kGrace).id, first.id);
  EXPECT_NE(begin(kAda, "other").id, first.id);
  work_off(first.id + 1);
  work_off(first.id + 2);
  EXPECT_EQ(work_off(first.id).events, 2) << "what came since is meant too";
  EXPECT_NE(begin().id, first.id);
}

TEST_P(PrivacyTest, WhatComesAfterwardsStays) {
  const auto open = accept_of(kAda, "a1");
  const auto erasure = erase();
  finish(kAda, "a2", delivered);
  record(delivered(open.at(0), at(7)), at(7));
  EXPECT_TRUE(work_off(erasure.id).done);
  EXPECT_EQ(event_ids(), (Ids{"a2"}));
}

TEST_P(PrivacyTest, OneThatIsReadyToCleanWaitsForTheOthers) {
  const auto first = begin();
  const auto second = begin(kGrace);
  EXPECT_FALSE(work_off(first.id).done);
  EXPECT_EQ(value_of(data().running_erasures()), (std::vector{first.id, second.id}));
  EXPECT_TRUE(work_off(second.id).done);
  EXPECT_TRUE(value_of(data().running_erasures()).empty());
  EXPECT_TRUE(value_of(data().erasure(first.id))->done);
}

TEST_P(PrivacyTest, ManyAreErasedInSteps) {
  std::vector<EventEntry> events;
  for (int i = 0; i < 2'500; ++i)
    events.push_back(entry_of(i % 5 == 0 ? kAda : kGrace, fmt::format("e{}", i), {}));
  commit(std::move(events));
  const auto begun = begin();
  bool progress = false;
  const auto after_one = value_of(data().step_erasure(begun.id, at(6), progress));
  EXPECT_TRUE(progress);
  EXPECT_EQ(after_one.events, 200);
  subject_->reopen();
  EXPECT_EQ(work_off(begun.id).events, 500);
}

TEST_P(PrivacyTest, WhoItWasIsForgottenWhenItIsDone) {
  const auto erasure = erase();
  const auto kept = value_of(data().erasure(erasure.id));
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->done);
  EXPECT_EQ(kept->user, 0);
  EXPECT_FALSE(value_of(data().erasure(erasure.id + 1)));
  bool progress = false;
  EXPECT_EQ(data().step_erasure(erasure.id + 1, at(9), progress).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mih::store
