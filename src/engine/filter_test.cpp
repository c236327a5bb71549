#include "engine/filter.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kEvent = R"({"eventname":"\\a\\b","courseid":12,"userid":"5","crud":"c",
  "grade":129.95,"big":1e400,"relateduserid":null,"yes":true,
  "other":{"newstatus":2,"name":"Zoë","items":[{"id":7},"x",3],"idnumber":"007"}})";

bool matches(std::string_view filter, std::string_view event = kEvent) {
  const auto made = Filter::compile(filter);
  EXPECT_TRUE(made) << filter << ": " << (made ? "" : made.error().detail);
  json::Document document;
  EXPECT_TRUE(document.parse(event));
  return made && made->matches(document.root());
}

std::string refusal(std::string_view filter) {
  const auto made = Filter::compile(filter);
  EXPECT_FALSE(made) << filter;
  if (made) return {};
  EXPECT_EQ(made.error().code, ErrorCode::kFilterInvalid);
  EXPECT_EQ(made.error().fields.at(0).field, "filter");
  return made.error().detail;
}

TEST(Filter, TheExampleOfTheReference) {
  constexpr std::string_view kFilter =
      R"({"courseid": {"$in": [12, 15]}, "crud": {"$ne": "r"}, "other.newstatus": {"$gte": 2},
          "$or": [{"userid": {"$exists": false}}, {"origin": "web"}]})";
  EXPECT_FALSE(matches(kFilter));
  EXPECT_TRUE(matches(kFilter, R"({"courseid":15,"crud":"u","other":{"newstatus":2}})"));
  EXPECT_TRUE(matches(
      kFilter,
      R"({"courseid":"12","crud":"u","other":{"newstatus":"3"},"userid":5,"origin":"web"})"));
}

TEST(Filter, Holds) {
  for (const auto* filter :
       {R"({})",
        R"({"courseid":12})",
        R"({"courseid":"12"})",
        R"({"courseid":12.0})",
        R"({"userid":5})",
        R"({"userid":"5"})",
        R"({"grade":{"$eq":129.95}})",
        R"({"grade":{"$gt":129.9499999999999999999,"$lt":"129.951"}})",
        R"({"big":{"$gt":1e399}})",
        R"({"relateduserid":null})",
        R"({"nothing":null})",
        R"({"other.deep.down":null})",
        R"({"relateduserid":{"$exists":true}})",
        R"({"nothing":{"$exists":false}})",
        R"({"nothing":{"$ne":5}})",
        R"({"yes":true})",
        R"({"crud":{"$in":["c","u"]}})",
        R"({"crud":{"$nin":["d"]}})",
        R"({"crud":{"$gt":"a","$lte":"c"}})",
        R"({"other.items.0.id":7})",
        R"({"event.courseid":12})",
        R"({"eventname":{"$startsWith":"\\a","$endsWith":"b","$contains":"a\\"}})",
        R"({"other.name":{"$regex":"^Zo.$"}})",
        R"({"other.items":{"$contains":"x"}})",
        R"({"other.items":{"$contains":"3"}})",
        R"({"other.idnumber":"007"})",
        R"({"courseid":{"$not":{"$gt":12}}})",
        R"({"$not":{"courseid":13}})",
        R"({"$and":[{"courseid":12},{"crud":"c"}]})"}) {
    EXPECT_TRUE(matches(filter)) << filter;
  }
}

TEST(Filter, DoesNotHold) {
  for (const auto* filter :
       {R"({"courseid":13})", R"({"courseid":true})", R"({"userid":"05"})",
        R"({"other.idnumber":7})", R"({"yes":"true"})", R"({"relateduserid":{"$exists":false}})",
        R"({"nothing":{"$lt":5}})", R"({"crud":{"$gt":5}})", R"({"crud":{"$lt":5}})",
        R"({"yes":{"$gte":"a"}})", R"({"courseid":{"$in":[]}})",
        R"({"courseid":{"$startsWith":"1"}})", R"({"other.name":{"$regex":"^o"}})",
        R"({"other":{"$contains":"name"}})", R"({"other.items.x":"x"})",
        R"({"other.items.9":{"$exists":true}})", R"({"$or":[{"courseid":1},{"crud":"r"}]})",
        R"({"$not":{"courseid":12,"crud":"c"}})", R"({"courseid":12,"crud":"r"})"}) {
    EXPECT_FALSE(matches(filter)) << filter;
  }
}

TEST(Filter, IsRefusedWithThePathAndTheReason) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "is not JSON"},
      {"[]", "must be a JSON object"},
      {R"({"courseid":{"$gr":5}})", "courseid.$gr: '$gr' is no operator; did you mean $gt"},
      {R"({"courseid":{"name":5}})", "courseid.name"},
      {R"({"courseid":[1]})", "$in"},
      {R"({"courseid":{}})", "courseid: has no condition"},
      {R"({"courseid":{"$in":5}})", "courseid.$in: must be a list"},
      {R"({"courseid":{"$in":[[1]]}})", "courseid.$in"},
      {R"({"courseid":{"$eq":{}}})", "courseid.$eq"},
      {R"({"courseid":{"$gt":null}})", "courseid.$gt: must be a number or a text"},
      {R"({"courseid":{"$exists":1}})", "courseid.$exists: must be true or false"},
      {R"({"a":{"$regex":"("}})", "a.$regex: is no RE2 pattern: missing )"},
      {R"({"a":{"$regex":5}})", "a.$regex: must be a text"},
      {R"({"a":{"$startsWith":5}})", "a.$startsWith: must be a text"},
      {R"({"$or":[]})", "$or: must be a list that is not empty"},
      {R"({"$or":[{"a":{"$x":1}}]})", "$or.0.a.$x"},
      {R"({"$and":{"a":1}})", "$and: must be a list"},
      {R"({"$nor":[{"a":1}]})", "$nor: is no condition on the event"},
      {R"({"$not":5})", "$not: must be an object"},
      {R"({"a..b":1})", "a..b: a path is"},
      {R"({"":1})", "a path is"}};
  for (const auto& [filter, reason] : bad)
    EXPECT_THAT(refusal(filter), HasSubstr(reason)) << filter;
}

TEST(Filter, HasLimits) {
  std::string deep = R"({"a":1})";
  for (int i = 0; i < 17; ++i)
    deep = fmt::format(R"({{"$not":{}}})", deep);
  EXPECT_THAT(refusal(deep), HasSubstr("nested too deeply"));
  std::string wide = "{";
  for (int i = 0; i <= 1000; ++i)
    wide += fmt::format(R"({}"a{}":1)", i == 0 ? "" : ",", i);
  EXPECT_THAT(refusal(wide + "}"), HasSubstr("over 1000 conditions"));
  EXPECT_THAT(refusal(std::string(65537, ' ')), HasSubstr("over 64 KiB"));
}

TEST(Filter, SaysWhichConditionIsNotMet) {
  const auto made = Filter::compile(R"({"crud":"c","courseid":{"$in": [1, 2]},"x":1})");
  json::Document document;
  ASSERT_TRUE(document.parse(kEvent));
  EXPECT_EQ(made->unmet(document.root()), R"("courseid": {"$in":[1,2]})");
  EXPECT_EQ(Filter::compile(R"({"crud":"c"})")->unmet(document.root()), std::nullopt);
}

TEST(Filter, IsIndexedByTheFirstConditionThatNamesValues) {
  const auto of = [](std::string_view filter) { return Filter::compile(filter)->discriminator(); };
  EXPECT_FALSE(of(R"({"courseid":{"$gt":5},"$or":[{"a":1},{"b":2}]})"));
  EXPECT_FALSE(of(R"({"courseid":{"$ne":5}})"));
  const auto found = of(R"({"grade":{"$gt":5},"courseid":{"$in":[12,"12",15]}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, "courseid");
  EXPECT_EQ(found->keys.size(), 2U) << "12 and \"12\" are one";
  json::Document document;
  ASSERT_TRUE(document.parse(R"([12, "12", 12.0, 1.2e1, "x", null])"));
  const auto key = [&](std::size_t i) { return key_of(document.root().at(i)); };
  EXPECT_EQ(key(0), key(1));
  EXPECT_EQ(key(0), key(2));
  EXPECT_EQ(key(0), key(3));
  EXPECT_NE(key(0), key(4));
  EXPECT_EQ(key(5), key_of(std::nullopt));
}

TEST(Filter, ManyLargePatternsAreRefused) {
  std::string large = R"({"$or":[)";
  std::string small = large;
  for (int i = 0; i < 400; ++i) {
    large += fmt::format(R"({}{{"a":{{"$regex":"\\pL{{2{}}}"}}}})", i > 0 ? "," : "", i % 10);
    small += fmt::format(R"({}{{"a":{{"$regex":"^mod_(quiz|assign){}$"}}}})", i > 0 ? "," : "", i);
  }
  EXPECT_THAT(refusal(large + "]}"), HasSubstr("too large together"));
  EXPECT_FALSE(matches(small + "]}"));
}

}  // namespace
}  // namespace mih::engine
