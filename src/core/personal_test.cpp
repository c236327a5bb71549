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

}  // namespace
}  // namespace mih::core
