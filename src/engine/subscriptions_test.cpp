#include "engine/subscriptions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Now at(std::int64_t ms) {
  return {from_unix_ms(ms), SteadyTime{std::chrono::milliseconds{ms}}};
}

CompiledRule rule_for(std::int64_t id, std::string pattern, bool enabled = true) {
  core::Rule rule;
  rule.id.value = id;
  rule.name = "r";
  rule.eventname = std::move(pattern);
  rule.enabled = enabled;
  auto compiled = compile_rule(std::move(rule));
  EXPECT_TRUE(compiled);
  return std::move(*compiled);
}

core::Site site(std::string name, std::int64_t acknowledged, bool connected = true) {
  core::Site made;
  made.name = std::move(name);
  made.list_version = acknowledged;
  made.token.value = connected ? 1 : 0;
  return made;
}

std::vector<std::string> texts(const core::Subscriptions& list) {
  std::vector<std::string> out;
  for (const auto& one : list.patterns)
    out.push_back(one.pattern);
  return out;
}

TEST(Subscriptions, NeedWhatEnabledRulesNeed) {
  std::vector<CompiledRule> rules;
  rules.push_back(rule_for(1, R"(\mod_*\event\*)"));
  rules.push_back(rule_for(2, R"(\core\event\user_created)"));
  rules.push_back(rule_for(3, R"(\core\event\user_created)"));
  rules.push_back(rule_for(4, R"(\core\event\user_deleted)", false));
  const Catalog catalog(1, {}, std::move(rules));
  EXPECT_THAT(needed_patterns(catalog),
              ElementsAre(R"(\core\event\user_created)", R"(\mod_*\event\*)"));
}

TEST(Subscriptions, HaveANewVersionOnlyWhenTheyChange) {
  core::Subscriptions list;
  EXPECT_TRUE(revise(list, {"a", "b"}, 0, at(1000)));
  EXPECT_EQ(list.version, 1000);
  EXPECT_FALSE(revise(list, {"a", "b"}, 0, at(2000)));
  EXPECT_EQ(list.version, 1000);
  EXPECT_TRUE(revise(list, {"b", "c"}, 0, at(3000)));
  EXPECT_EQ(list.version, 3000);
  EXPECT_THAT(texts(list), ElementsAre("b", "c"));
  EXPECT_EQ(list.patterns[0].since, 1000);
  EXPECT_EQ(list.patterns[1].since, 3000);
}

TEST(Subscriptions, VersionsGrowWhateverTheClockDoes) {
  core::Subscriptions list{5000, {}};
  EXPECT_TRUE(revise(list, {"a"}, 0, at(10)));
  EXPECT_EQ(list.version, 5001);
}

TEST(Subscriptions, OutgrowWhatASiteHasSeenBeforeABackupWasRestored) {
  core::Subscriptions list{5000, {{"a", 5000, {}}}};
  EXPECT_TRUE(revise(list, {"a"}, 7000, at(10)));
  EXPECT_EQ(list.version, 7001);
  EXPECT_THAT(texts(list), ElementsAre("a"));
}

TEST(Subscriptions, AreActiveOnceEveryConnectedSiteHasThem) {
  core::Subscriptions list;
  revise(list, {"a"}, 0, at(1000));
  std::vector sites{site("one", 1000), site("two", 0), site("new", 0, false)};
  EXPECT_FALSE(note_acknowledged(list, sites, at(1001)));
  core::Rule rule;
  rule.eventname = "a";
  auto state = capture_state(list, sites, rule);
  EXPECT_FALSE(state.active_since);
  EXPECT_THAT(state.waiting_for, ElementsAre("two"));

  sites[1].list_version = 1000;
  EXPECT_TRUE(note_acknowledged(list, sites, at(1500)));
  EXPECT_FALSE(note_acknowledged(list, sites, at(1600)));
  state = capture_state(list, sites, rule);
  EXPECT_EQ(state.active_since, from_unix_ms(1500));
  EXPECT_THAT(state.waiting_for, IsEmpty());
}

TEST(Subscriptions, ANewPatternDoesNotMakeAnOldOneWait) {
  core::Subscriptions list;
  revise(list, {"a"}, 0, at(1000));
  std::vector sites{site("one", 1000)};
  note_acknowledged(list, sites, at(1001));
  revise(list, {"a", "b"}, 0, at(2000));
  core::Rule rule;
  rule.eventname = "a";
  EXPECT_EQ(capture_state(list, sites, rule).active_since, from_unix_ms(1001));
  rule.eventname = "b";
  EXPECT_THAT(capture_state(list, sites, rule).waiting_for, ElementsAre("one"));
}

TEST(Subscriptions, ARuleIsNotActiveBeforeItExists) {
  core::Subscriptions list;
  revise(list, {"a"}, 0, at(1000));
  note_acknowledged(list, {}, at(1000));
  core::Rule rule;
  rule.eventname = "a";
  rule.created = from_unix_ms(9000);
  EXPECT_EQ(capture_state(list, {}, rule).active_since, from_unix_ms(9000));
  rule.enabled = false;
  EXPECT_FALSE(capture_state(list, {}, rule).active_since);
}

TEST(Subscriptions, AreCapturedWhereNoSiteIsConnected) {
  core::Subscriptions list;
  revise(list, {"a"}, 0, at(1000));
  EXPECT_TRUE(note_acknowledged(list, {}, at(1000)));
}

TEST(PushSchedule, CallsAtOnceAndThenEverMoreSeldom) {
  PushSchedule schedule;
  SteadyTime now = at(0).steady;
  EXPECT_EQ(schedule.due(7, now), now);
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    schedule.started(7);
    EXPECT_FALSE(schedule.due(7, now));
    schedule.failed(now);
    EXPECT_EQ(schedule.due(7, now), now + wait);
    now += wait;
  }
}

TEST(PushSchedule, CallsAtOnceAboutANewerList) {
  PushSchedule schedule;
  const SteadyTime now = at(0).steady;
  schedule.started(7);
  schedule.failed(now);
  schedule.started(7);
  EXPECT_FALSE(schedule.due(8, now));
  schedule.failed(now);
  EXPECT_EQ(schedule.due(8, now), now);
  schedule.started(8);
  schedule.failed(now);
  EXPECT_EQ(schedule.due(8, now), now + 1s);
}

}  // namespace
}  // namespace mih::engine
