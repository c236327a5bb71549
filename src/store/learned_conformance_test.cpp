#include <fmt/format.h>

#include "support/store_test.hpp"

/// What the hub learns while it works, and that a restart takes nothing of it.
namespace mih::store {
namespace {

using namespace mih::test;
using core::CircuitState;

class LearnedTest : public StoreTest {
 protected:
  void reopen() {
    check(store().flush(at(10)));
    subject_->reopen();
  }
  void set_retention(std::chrono::milliseconds age, std::int64_t count) {
    core::Settings settings;
    settings.event_retention = age;
    settings.event_retention_count = count;
    check(store().save_settings(settings));
  }
  void maintain(WallTime now) {
    while (value_of(store().maintain(now))) {
    }
  }
  void change_circuit(CircuitState state, WallTime time, std::string error = "HTTP 500") {
    Batch batch;
    batch.now = time;
    batch.circuits.push_back({.service = crm_.id,
                              .state = state,
                              .failure_count = 1,
                              .last_failure = time,
                              .modified = time,
                              .last_error = std::move(error)});
    check(store().commit(batch));
  }
  std::string hits() {
    check(store().flush(at(10)));
    std::string text;
    for (const auto& [rule, hits] : value_of(reader().rule_hits()))
      text += fmt::format("{}: {} at {}\n", rule.value, hits.count, to_unix_s(hits.last));
    return text;
  }
  std::string changes() {
    std::string text;
    for (const auto& [service, changes] : value_of(reader().circuit_changes())) {
      text += fmt::format("{}:", service.value);
      for (const auto& change : changes)
        text += fmt::format(" {} {}", core::name_of(change.state), to_unix_s(change.time));
    }
    return text;
  }
  std::string learned() {
    check(store().flush(at(10)));
    const auto all = value_of(reader().learned());
    std::string text;
    for (const auto& name : all.names)
      text += fmt::format("{} {} {}\n", name.name, name.seen, to_unix_s(name.last_seen));
    for (const auto& field : all.fields) {
      text += fmt::format("{} {} {} {} {} [{}]\n", field.eventname, field.path, field.type,
                          field.example, field.site, field.people.text());
    }
    for (const auto& sample : all.samples) {
      const auto& event = *sample.event;
      text += fmt::format("{} {} {} {} {} {} [{}]\n", sample.number, event.site, event.id,
                          event.name, event.body, to_unix_s(event.accepted), sample.people.text());
    }
    return text;
  }
};

MIH_EACH_STORE(LearnedTest);

core::LearnedSample make_sample(std::int64_t number, std::string body,
                                std::vector<std::int64_t> users, std::string site = "main") {
  auto event = std::make_shared<core::Event>();
  event->site = std::move(site);
  event->id = fmt::format("s{}", number);
  event->name = "\\a\\b";
  event->body = std::move(body);
  event->accepted = at(number);
  return {.number = number, .event = std::move(event), .people = {.users = std::move(users)}};
}

core::LearnedField make_field(std::string path, std::string example,
                              std::vector<std::int64_t> users, WallTime time = at(1)) {
  return {.eventname = "\\a\\b",
          .path = std::move(path),
          .type = "string",
          .example = std::move(example),
          .site = "main",
          .people = {.users = std::move(users)},
          .time = time};
}

TEST_P(LearnedTest, DeliveriesOfARuleAreCounted) {
  EXPECT_EQ(hits(), "");
  accept("a", at(1));
  accept("b", at(3));
  accept("b", at(4));  // a repeat makes none
  const auto both = fmt::format("{}: 2 at {}\n", rule_.id.value, to_unix_s(at(3)));
  EXPECT_EQ(hits(), both);
  subject_->reopen();
  EXPECT_EQ(hits(), both);
  accept("c", at(5));
  EXPECT_EQ(hits(), fmt::format("{}: 3 at {}\n", rule_.id.value, to_unix_s(at(5))));
}

TEST_P(LearnedTest, AReplayIsNoHitAndNeitherIsACallOfAPlugin) {
  const auto letter = dead_letter_for("a");
  std::vector<core::Delivery> ready;
  value_of(replay(store(), {letter}, at(5), ready));
  std::vector<EventEntry> events;
  events.push_back(
      make_entry("call", at(6), {{.rule = {}, .service = crm_.id, .ordering_key = {}}}));
  commit(std::move(events));
  EXPECT_EQ(hits(), fmt::format("{}: 1 at {}\n", rule_.id.value, to_unix_s(at(1))));
}

TEST_P(LearnedTest, TheHitsOfARuleGoWithIt) {
  accept("a");
  check(store().remove_rule(rule_.id));
  accept("b");  // was matched before
  EXPECT_EQ(hits(), "");
}

TEST_P(LearnedTest, AChangedRuleKeepsItsHits) {
  accept("a");
  rule_.name = "renamed";
  value_of(store().save_rule(rule_, at(2)));
  EXPECT_EQ(hits(), fmt::format("{}: 1 at {}\n", rule_.id.value, to_unix_s(at(1))));
}

TEST_P(LearnedTest, HowACircuitCameToItsState) {
  change_circuit(CircuitState::kClosed, at(1), "HTTP 502");
  EXPECT_EQ(changes(), "");
  EXPECT_EQ(value_of(reader().circuits()).at(0).last_error, "HTTP 502");
  change_circuit(CircuitState::kOpen, at(2));
  change_circuit(CircuitState::kOpen, at(3));
  change_circuit(CircuitState::kHalfopen, at(4));
  reopen();
  EXPECT_EQ(changes(), fmt::format("{}: halfopen {} open {}", crm_.id.value, to_unix_s(at(4)),
                                   to_unix_s(at(2))));
  EXPECT_EQ(value_of(reader().circuits()).at(0).last_error, "HTTP 500");
}

TEST_P(LearnedTest, TheFirstRecordOfACircuitMayBeOpen) {
  change_circuit(CircuitState::kOpen, at(2));
  EXPECT_EQ(changes(), fmt::format("{}: open {}", crm_.id.value, to_unix_s(at(2))));
}

TEST_P(LearnedTest, OfManyChangesTheLastAreKept) {
  for (int i = 1; i <= 121; ++i)
    change_circuit(i % 2 == 1 ? CircuitState::kOpen : CircuitState::kClosed, at(i));
  const auto kept = value_of(reader().circuit_changes()).at(crm_.id);
  ASSERT_EQ(kept.size(), core::LaneHistory::kChanges);
  EXPECT_EQ(kept.front().time, at(121));
  EXPECT_EQ(kept.back().time, at(72));
}

TEST_P(LearnedTest, TheHistoryOfACircuitGoesWithItsService) {
  change_circuit(CircuitState::kOpen, at(2));
  value_of(store().remove_service(crm_.id, at(3)));
  EXPECT_EQ(changes(), "");
}

TEST_P(LearnedTest, WhatWasLearnedIsThereAfterARestart) {
  store().learn({.names = {{"\\a\\b", 3, at(1)}, {"\\a\\a", 1, at(2)}},
                 .fields = {make_field("userid", "5", {5, 17}), make_field("ip", "", {})},
                 .samples = {make_sample(2, R"({"x":"y"})", {5}), make_sample(7, "{}", {})}});
  const auto before = learned();
  EXPECT_EQ(before,
            fmt::format("\\a\\a 1 {}\n\\a\\b 3 {}\n"
                        "\\a\\b ip string  main []\n\\a\\b userid string 5 main [5 17]\n"
                        "2 main s2 \\a\\b {{\"x\":\"y\"}} {} [5]\n7 main s7 \\a\\b {{}} {} []\n",
                        to_unix_s(at(2)), to_unix_s(at(1)), to_unix_s(at(2)), to_unix_s(at(7))));
  reopen();
  EXPECT_EQ(learned(), before);
}

TEST_P(LearnedTest, ChangesReplaceAndDrop) {
  store().learn(
      {.names = {{"\\a\\b", 3, at(1)}},
       .fields = {make_field("a", "1", {}), make_field("b", "1", {}), make_field("c", "1", {})},
       .samples = {make_sample(1, "{}", {}), make_sample(2, "{}", {})}});
  reopen();
  store().learn({.names = {{"\\a\\b", 4, at(2)}},
                 .fields = {make_field("b", "2", {})},
                 .dropped_fields = {{"\\a\\b", "a"}, {"\\a\\b", "b"}},
                 .dropped_samples = {1}});
  store().learn({.samples = {make_sample(3, "{}", {})}, .dropped_samples = {2}});
  reopen();
  EXPECT_EQ(learned(),
            fmt::format("\\a\\b 4 {}\n\\a\\b b string 2 main []\n\\a\\b c string 1 main []\n"
                        "3 main s3 \\a\\b {{}} {} []\n",
                        to_unix_s(at(2)), to_unix_s(at(3))));
}

TEST_P(LearnedTest, TheSamplesOfAPerson) {
  auto many = make_sample(4, "{}", {});
  many.people.many = true;
  store().learn({.samples = {make_sample(1, "{}", {5, 17}), make_sample(2, "{}", {17}),
                             make_sample(3, "{}", {17}, "other"), many}});
  check(store().flush(at(10)));
  std::vector<std::string> ids;
  for (const auto& sample : value_of(reader().samples_of("main", 17)))
    ids.push_back(sample->id);
  EXPECT_EQ(ids, (Ids{"s1", "s2", "s4"}));
}

TEST_P(LearnedTest, WhatIsOlderThanEventsAreKeptGoes) {
  set_retention(std::chrono::seconds{60}, 1'000);
  store().learn({.names = {{"\\a\\b", 9, at(1)}},
                 .fields = {make_field("a", "1", {5}, at(1)), make_field("b", "2", {6}, at(40))},
                 .samples = {make_sample(2, "{}", {5}), make_sample(41, "{}", {})}});
  check(store().flush(at(50)));
  const auto before = learned();
  maintain(at(61));
  EXPECT_EQ(learned(), before);
  EXPECT_EQ(store().kept_since().samples, at(1));
  maintain(at(90));
  EXPECT_EQ(learned(), fmt::format("\\a\\b 9 {}\n\\a\\b a string   []\n\\a\\b b string 2 main [6]\n"
                                   "41 main s41 \\a\\b {{}} {} []\n",
                                   to_unix_s(at(1)), to_unix_s(at(41))));
  EXPECT_EQ(store().kept_since().examples, at(30));
  subject_->reopen();
  EXPECT_EQ(value_of(reader().learned()).fields.at(1).time, at(40));
  maintain(at(200));
  EXPECT_EQ(learned(), fmt::format("\\a\\b 9 {}\n\\a\\b a string   []\n"
                                   "\\a\\b b string   []\n",
                                   to_unix_s(at(1))));
}

TEST_P(LearnedTest, WhatIsTooOldWhenItIsLearnedIsNotKept) {
  set_retention(std::chrono::seconds{60}, 1'000);
  store().learn({.fields = {make_field("held back", "1", {5}, at(1))}});
  maintain(at(90));
  store().learn(
      {.fields = {make_field("late", "1", {5}, at(2))}, .samples = {make_sample(3, "{}", {})}});
  EXPECT_EQ(learned(), "\\a\\b held back string   []\n\\a\\b late string   []\n");
}

TEST_P(LearnedTest, ExamplesGoWhenNewerEventsAreAsManyAsAreKept) {
  set_retention(std::chrono::hours{24}, 2);
  for (const int second : {1, 2, 3})
    record(delivered(accept(fmt::format("e{}", second), at(second)).at(0), at(second)), at(second));
  store().learn({.fields = {make_field("a", "1", {5}, at(1)), make_field("b", "2", {6}, at(2))},
                 .samples = {make_sample(1, "{}", {5})}});
  check(store().flush(at(4)));
  maintain(at(4));
  EXPECT_EQ(learned(), fmt::format("\\a\\b a string   []\n\\a\\b b string 2 main [6]\n"
                                   "1 main s1 \\a\\b {{}} {} [5]\n",
                                   to_unix_s(at(1))))
      << "samples are few in any case";
}

TEST_P(LearnedTest, MuchOfItGoesInSteps) {
  set_retention(std::chrono::seconds{60}, 1'000);
  core::Learned many;
  for (int i = 0; i < 4'500; ++i)
    many.fields.push_back(make_field(fmt::format("f{}", i), "1", {5}, at(i / 1'000)));
  store().learn(std::move(many));
  check(store().flush(at(5)));
  maintain(at(90));
  for (const auto& field : value_of(reader().learned()).fields)
    EXPECT_EQ(field.example + field.site + field.people.text(), "") << field.path;
}

}  // namespace
}  // namespace mih::store
