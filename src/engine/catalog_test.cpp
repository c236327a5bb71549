#include "engine/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

core::Service service(std::int64_t id, std::string name) {
  core::Service made;
  made.id = {id};
  made.name = std::move(name);
  return made;
}

core::Rule rule(std::int64_t id, std::string eventname, std::int64_t service_id) {
  core::Rule made;
  made.id = {id};
  made.eventname = std::move(eventname);
  made.service = {service_id};
  return made;
}

Catalog catalog(std::vector<core::Rule> rules) {
  std::vector<CompiledRule> compiled;
  for (core::Rule& one : rules) {
    auto made = compile_rule(std::move(one));
    EXPECT_TRUE(made);
    compiled.push_back(std::move(*made));
  }
  return Catalog{7, {service(2, "mail"), service(1, "crm")}, std::move(compiled)};
}

constexpr std::string_view kEvent =
    R"({"eventname":"\\a\\b","id":"e1","userid":5,"anonymous":0,"other":{"k":"x y"}})";

std::vector<core::FanOut> fan_out(const Catalog& from, std::string_view event = kEvent) {
  json::Document document;
  EXPECT_TRUE(document.parse(event));
  return from.fan_out("site", "\\a\\b", document.root(), 1700000000);
}

std::vector<std::int64_t> rule_ids(const std::vector<core::FanOut>& made) {
  std::vector<std::int64_t> ids;
  ids.reserve(made.size());
  for (const auto& one : made)
    ids.push_back(one.rule.value);
  return ids;
}

TEST(Catalog, FindsServicesAndRules) {
  const Catalog made = catalog({rule(9, "*", 1), rule(3, "\\a\\b", 2)});
  EXPECT_EQ(made.version(), 7U);
  EXPECT_EQ(made.service(core::ServiceId{1})->name, "crm");
  EXPECT_EQ(made.service("mail")->id, core::ServiceId{2});
  EXPECT_EQ(made.service("none"), nullptr);
  EXPECT_EQ(made.service(core::ServiceId{5}), nullptr);
  EXPECT_EQ(made.rule(core::RuleId{3})->rule.eventname, "\\a\\b");
  EXPECT_EQ(made.rule(core::RuleId{4}), nullptr);
  ASSERT_THAT(made.services(), SizeIs(2));
  EXPECT_EQ(made.services()[0]->name, "crm");
  EXPECT_EQ(made.rules()[0]->rule.id, core::RuleId{3});
}

TEST(Catalog, FansOutInTheOrderOfRuleIds) {
  const Catalog made =
      catalog({rule(9, "*", 1), rule(3, "\\a\\b", 2), rule(5, "\\a\\*", 1), rule(4, "\\a\\c", 1)});
  const auto deliveries = fan_out(made);
  EXPECT_THAT(rule_ids(deliveries), ElementsAre(3, 5, 9));
  EXPECT_EQ(deliveries[0].service, core::ServiceId{2});
  EXPECT_EQ(deliveries[0].ordering_key, "");
  EXPECT_THAT(fan_out(Catalog{}), IsEmpty());
}

TEST(Catalog, DisabledRulesAndRulesWithoutServiceMakeNone) {
  core::Rule off = rule(1, "*", 1);
  off.enabled = false;
  const Catalog made = catalog({off, rule(2, "*", 77), rule(3, "*", 1)});
  EXPECT_THAT(rule_ids(fan_out(made)), ElementsAre(3));
  EXPECT_NE(made.rule(core::RuleId{2}), nullptr) << "it is still there to be shown";
}

TEST(Catalog, DisabledServicesStillGetDeliveries) {
  core::Service off = service(1, "crm");
  off.enabled = false;
  const Catalog made{1, {off}, {*compile_rule(rule(3, "*", 1))}};
  EXPECT_THAT(rule_ids(fan_out(made)), ElementsAre(3));
}

TEST(Catalog, OrderingKeysAreRendered) {
  core::Rule constant = rule(1, "*", 1);
  constant.ordering_key = "all";
  core::Rule path = rule(2, "*", 1);
  path.ordering_key = "{{site.id}}/{{service.name}}/{{other.k}}/{{userid}}";
  core::Rule nothing = rule(3, "*", 1);
  nothing.ordering_key = "{{other.missing}}";
  const auto deliveries = fan_out(catalog({constant, path, nothing}));
  EXPECT_EQ(deliveries[0].ordering_key, "all");
  EXPECT_EQ(deliveries[1].ordering_key, "site/crm/x y/5");
  EXPECT_EQ(deliveries[2].ordering_key, "");
}

TEST(Catalog, LongOrderingKeysAreHashed) {
  core::Rule keyed = rule(1, "*", 1);
  keyed.ordering_key = "{{other}}";
  const Catalog made = catalog({keyed});
  const auto key = [&made](std::size_t size) {
    return fan_out(made, "{\"other\":\"" + std::string(size, 'a') + "\"}")[0].ordering_key;
  };
  EXPECT_EQ(key(255), std::string(255, 'a'));
  EXPECT_THAT(key(256), StartsWith("sha256:"));
  EXPECT_EQ(key(256), key(256));
  EXPECT_NE(key(256), key(257));
}

TEST(Catalog, AnonymousPeopleAreInNoKeyUnlessTheRuleIncludesThem) {
  core::Rule hidden = rule(1, "*", 1);
  hidden.ordering_key = "u{{userid}}";
  core::Rule shown = rule(2, "*", 1);
  shown.ordering_key = "u{{userid}}";
  shown.include_anonymous = true;
  const auto deliveries =
      fan_out(catalog({hidden, shown}), R"({"anonymous":1,"userid":5,"other":null})");
  EXPECT_EQ(deliveries[0].ordering_key, "u");
  EXPECT_EQ(deliveries[1].ordering_key, "u5");
}

std::string meaning(const core::Rule& rule, std::string_view event) {
  const auto deliveries = fan_out(catalog({rule}), event);
  return deliveries.at(0).dedupe.value().key;
}

TEST(Catalog, WithoutAWindowNothingIsDeduplicated) {
  EXPECT_FALSE(fan_out(catalog({rule(3, "*", 1)})).at(0).dedupe);
}

TEST(Catalog, TheMeaningOfAnEventIsWhatHappenedToWhomWhere) {
  core::Rule deduplicating = rule(3, "*", 1);
  deduplicating.dedupe_window = std::chrono::seconds{60};
  EXPECT_EQ(fan_out(catalog({deduplicating})).at(0).dedupe->window, std::chrono::seconds{60});
  const auto one = meaning(deduplicating, R"({"eventname":"\\a","id":"1","userid":5,"crud":"c"})");
  EXPECT_EQ(one, meaning(deduplicating, R"({"crud":"c","id":"2","eventname":"\\a","userid":5})"));
  EXPECT_NE(one, meaning(deduplicating, R"({"eventname":"\\a","id":"1","userid":6,"crud":"c"})"));
  EXPECT_NE(one, meaning(deduplicating, R"({"eventname":"\\a","id":"1","userid":5,"crud":"u"})"));
}

TEST(Catalog, ADedupeKeySaysWhatCounts) {
  core::Rule deduplicating = rule(3, "*", 1);
  deduplicating.dedupe_window = std::chrono::seconds{60};
  deduplicating.dedupe_key = "{{other.k}}";
  EXPECT_EQ(meaning(deduplicating, R"({"userid":5,"other":{"k":"x"}})"),
            meaning(deduplicating, R"({"userid":6,"other":{"k":"x"}})"));
  EXPECT_NE(meaning(deduplicating, R"({"userid":5,"other":{"k":"x"}})"),
            meaning(deduplicating, R"({"userid":5,"other":{"k":"y"}})"));
}

TEST(Catalog, AFilterDecidesOnTheContent) {
  core::Rule one = rule(1, "*", 1);
  one.filter.text = R"({"userid":5,"other.k":{"$startsWith":"x"}})";
  core::Rule other = rule(2, "*", 1);
  other.filter.text = R"({"userid":{"$gt":5}})";
  EXPECT_THAT(rule_ids(fan_out(catalog({one, other}))), ElementsAre(1));
}

TEST(Catalog, AFilterDoesNotSeeWhoActedInAnonymousEvents) {
  constexpr std::string_view kAnonymous =
      R"({"eventname":"\\a\\b","userid":5,"anonymous":1,"courseid":3})";
  std::vector<core::Rule> rules;
  for (const auto* filter : {R"({"userid":5})", R"({"userid":null})", R"({"courseid":3})"}) {
    rules.push_back(rule(std::ssize(rules) + 1, "*", 1));
    rules.back().filter.text = filter;
  }
  EXPECT_THAT(rule_ids(fan_out(catalog(rules), kAnonymous)), ElementsAre(2, 3));
  rules[0].include_anonymous = true;
  EXPECT_THAT(rule_ids(fan_out(catalog(rules), kAnonymous)), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace mih::engine
