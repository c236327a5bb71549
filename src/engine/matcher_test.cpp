#include "engine/matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <regex>

namespace mih::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MatchesPattern, StarIsAnyRunOfCharacters) {
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*", "\\core\\event\\x"));
  EXPECT_TRUE(matches_pattern("\\core\\event\\*", "\\core\\event\\user_created"));
  EXPECT_TRUE(matches_pattern("\\core\\event\\*", "\\core\\event\\"));
  EXPECT_FALSE(matches_pattern("\\core\\event\\*", "\\core\\eventual"));
  EXPECT_TRUE(matches_pattern("\\mod_*\\event\\*", "\\mod_forum\\event\\post_created"));
  EXPECT_FALSE(matches_pattern("\\mod_*\\event\\*", "\\model\\event\\x"));
  EXPECT_TRUE(matches_pattern("*_created", "\\core\\event\\a_created_created"));
  EXPECT_FALSE(matches_pattern("*_created", "\\core\\event\\created_"));
  EXPECT_TRUE(matches_pattern("a**b*", "ab"));
  EXPECT_FALSE(matches_pattern("", "a"));
  EXPECT_TRUE(matches_pattern("", ""));
}

TEST(MatchesPattern, AgreesWithRegularExpressions) {
  std::mt19937 random{7};
  const auto text = [&random](std::string_view letters) {
    std::string made;
    for (std::size_t size = random() % 8; made.size() < size;) {
      made.push_back(letters[random() % letters.size()]);
    }
    return made;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string pattern = text("ab*");
    const std::string name = text("ab");
    const std::regex same{std::regex_replace(pattern, std::regex{"\\*"}, ".*")};
    ASSERT_EQ(matches_pattern(pattern, name), std::regex_match(name, same))
        << pattern << " on " << name;
  }
}

TEST(MatchesPattern, ManyStarsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 127; ++i)
    pattern += "a*";
  EXPECT_FALSE(matches_pattern(pattern + "b", std::string(255, 'a')));
}

TEST(NormalisePattern, AddsTheLeadingBackslash) {
  EXPECT_EQ(*normalise_pattern("core\\event\\user_created"), "\\core\\event\\user_created");
  EXPECT_EQ(*normalise_pattern("\\core\\event\\user_created"), "\\core\\event\\user_created");
  EXPECT_EQ(*normalise_pattern("mod_*"), "\\mod_*");
  EXPECT_EQ(*normalise_pattern("*"), "*");
  EXPECT_EQ(*normalise_pattern("*\\event\\user_*"), "*\\event\\user_*");
}

TEST(NormalisePattern, RefusesWhatCanNeverMatch) {
  for (const std::string_view bad :
       {"", "user_created", "\\", "\\core\\", "\\core\\\\event\\\\x", "\\core\\event\\x y",
        "core.event.x", "\\core\\event\\é", "\\core\\event\\x;", "\n", "\\\\*"}) {
    const auto result = normalise_pattern(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, ErrorCode::kValidationFailed);
    EXPECT_EQ(result.error().fields.at(0).field, "eventname");
  }
  EXPECT_FALSE(normalise_pattern("\\a\\" + std::string(253, 'b')));
  EXPECT_TRUE(normalise_pattern("\\a\\" + std::string(252, 'b')));
  EXPECT_TRUE(normalise_pattern("a\\" + std::string(253, 'b'))) << "as long as names may be posted";
}

std::vector<std::size_t> found(const Matcher& matcher, std::string_view name,
                               std::string_view event = "{}") {
  json::Document document;
  EXPECT_TRUE(document.parse(event));
  return matcher.match(name, document.root());
}

TEST(Matcher, FindsExactAndWildcardPatternsInOrder) {
  Matcher matcher;
  matcher.add("\\core\\event\\*", 4);
  matcher.add("\\core\\event\\user_created", 3);
  matcher.add("*", 1);
  matcher.add("\\core\\event\\user_created", 7);
  matcher.add("\\mod_*\\event\\*", 2);
  matcher.add("*_created", 9);
  EXPECT_THAT(found(matcher, "\\core\\event\\user_created"), ElementsAre(1, 3, 4, 7, 9));
  EXPECT_THAT(found(matcher, "\\mod_quiz\\event\\attempt_started"), ElementsAre(1, 2));
  EXPECT_THAT(found(matcher, "\\x\\y"), ElementsAre(1));
  EXPECT_THAT(found(Matcher{}, "\\x\\y"), IsEmpty());
}

TEST(Matcher, OwnEventsAreMatchedByTheirExactNameOnly) {
  Matcher matcher;
  matcher.add("*", 0);
  matcher.add("\\local_integrationhub\\event\\*", 1);
  matcher.add("\\local_integrationhub\\event\\hub_alert", 2);
  EXPECT_THAT(found(matcher, "\\local_integrationhub\\event\\hub_alert"), ElementsAre(2));
  EXPECT_THAT(found(matcher, "\\local_integrationhub\\event\\webhook_received"), IsEmpty());
  EXPECT_THAT(found(matcher, "\\local_integrationhub2\\event\\x"), ElementsAre(0));
}

TEST(Matcher, RulesThatAreTiedToValuesAreFoundByThem) {
  Matcher matcher;
  const auto tied = [](std::string_view filter) {
    return Filter::compile(filter).value().discriminator();
  };
  matcher.add("\\a\\b", 1, tied(R"({"courseid":5})"));
  matcher.add("\\a\\b", 2, tied(R"({"courseid":{"$in":["5",6]}})"));
  matcher.add("\\a\\*", 3, tied(R"({"other.x":null})"));
  matcher.add("\\a\\b", 4);
  EXPECT_THAT(found(matcher, "\\a\\b", R"({"courseid":5.0})"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(found(matcher, "\\a\\b", R"({"courseid":"6"})"), ElementsAre(2, 3, 4));
  EXPECT_THAT(found(matcher, "\\a\\b", R"({"courseid":7,"other":{"x":0}})"), ElementsAre(4));
}

}  // namespace
}  // namespace mih::engine
