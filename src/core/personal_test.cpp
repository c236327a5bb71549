#include "core/personal.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

constexpr std::string_view kViewed = R"(\core\event\course_viewed)";
constexpr std::string_view kUpdated = R"(\core\event\user_updated)";

TEST(Concerns, WhoActedOrWasActedOn) {
  EXPECT_TRUE(text_concerns(kViewed, R"({"userid":5})", 5));
  EXPECT_TRUE(text_concerns(kViewed, R"({"userid":2,"relateduserid":"5"})", 5));
  EXPECT_TRUE(text_concerns(kViewed, R"({"userid":2,"realuserid":5})", 5));
  EXPECT_FALSE(text_concerns(kViewed, R"({"userid":2,"relateduserid":null,"courseid":5})", 5));
  EXPECT_FALSE(text_concerns(kViewed, R"({"userid":55})", 5));
}

TEST(Concerns, AtAnyDepth) {
  EXPECT_TRUE(text_concerns(kViewed, R"({"other":{"list":[{"userid":5}]}})", 5));
  EXPECT_TRUE(text_concerns({}, R"([{"relateduserid":5}])", 5));
}

TEST(Concerns, TheObjectOfEventsAboutUsersAlone) {
  EXPECT_TRUE(text_concerns(kUpdated, R"({"userid":2,"objectid":5})", 5));
  EXPECT_FALSE(text_concerns(kViewed, R"({"userid":2,"objectid":5})", 5));
  EXPECT_FALSE(text_concerns(kUpdated, R"({"other":{"objectid":5}})", 5));
}

TEST(Concerns, NobodyIfItIsNotJson) {
  EXPECT_FALSE(text_concerns(kUpdated, R"({"userid":5)", 5));
  EXPECT_FALSE(text_concerns(kUpdated, "", 5));
  EXPECT_FALSE(text_concerns(kUpdated, R"({"userid":{"userid":[]}})", 5));
}

People people_in(std::string_view eventname, std::string_view content) {
  json::Document document;
  EXPECT_TRUE(document.parse(content));
  return people_of(eventname, document.root());
}

TEST(PeopleOf, AreThoseWhomItConcerns) {
  constexpr std::string_view kContent =
      R"({"userid":"17","relateduserid":5,"objectid":9,"realuserid":null,"courseid":3,"other":
          {"list":[{"userid":5},{"userid":"007"},{"userid":-2},{"userid":1.5},{"userid":"x"}]}})";
  EXPECT_EQ(people_in(kViewed, kContent).users, (std::vector<std::int64_t>{5, 17}));
  const auto people = people_in(kUpdated, kContent);
  for (std::int64_t user = 1; user < 30; ++user)
    EXPECT_EQ(people.include(user), text_concerns(kUpdated, kContent, user)) << user;
}

TEST(PeopleOf, ManyAreAnybody) {
  std::string content = "[";
  for (std::size_t user = 1; user <= People::kMost + 1; ++user)
    content += (user > 1 ? "," : "") + std::string{R"({"userid":)"} + std::to_string(user) + "}";
  const auto people = people_in(kViewed, content + "]");
  EXPECT_TRUE(people.many);
  EXPECT_TRUE(people.include(4711));
  EXPECT_EQ(people.text(), "*");
}

TEST(PeopleOf, AreKeptAsText) {
  for (const auto& people :
       {People{}, People{.users = {5}}, People{.users = {5, 17, 300}}, People{.many = true}})
    EXPECT_EQ(People::from_text(people.text()), people) << people.text();
}

}  // namespace
}  // namespace mih::core
