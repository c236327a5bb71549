#include "engine/enrichment.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using Kind = SiteObject::Kind;

constexpr auto kUser = static_cast<std::size_t>(Enriched::kUser);
constexpr auto kRelated = static_cast<std::size_t>(Enriched::kRelatedUser);
constexpr auto kReal = static_cast<std::size_t>(Enriched::kRealUser);
constexpr auto kCourse = static_cast<std::size_t>(Enriched::kCourse);

References references(std::string_view name, std::string_view event) {
  json::Document document;
  EXPECT_TRUE(document.parse(event));
  return references_of(name, document.root());
}

std::optional<SiteObject> changed(std::string_view event) {
  json::Document document;
  EXPECT_TRUE(document.parse(event));
  const auto object = changed_object(document.root());
  if (object) EXPECT_TRUE(may_change_objects(event)) << event;
  return object;
}

TEST(EnrichmentTest, AnEventRefersToItsPeopleAndItsCourse) {
  const auto of = references("\\core\\event\\course_viewed",
                             R"({"userid":2,"relateduserid":3,"realuserid":4,"courseid":5})");
  EXPECT_EQ(of[kUser].object, (SiteObject{Kind::kUser, 2}));
  EXPECT_EQ(of[kRelated].object, (SiteObject{Kind::kUser, 3}));
  EXPECT_EQ(of[kReal].object, (SiteObject{Kind::kUser, 4}));
  EXPECT_EQ(of[kCourse].object, (SiteObject{Kind::kCourse, 5}));
}

TEST(EnrichmentTest, WhatIsNoIdIsNull) {
  const auto of = references("\\core\\event\\course_viewed",
                             R"({"userid":0,"relateduserid":null,"realuserid":"x","courseid":-1})");
  for (const auto& one : of) {
    EXPECT_FALSE(one.object);
    EXPECT_EQ(one.known, "");
  }
}

TEST(EnrichmentTest, NobodyIsLookedUpForAnAnonymousEvent) {
  for (const auto* anonymous : {"1", "true"}) {
    const auto of =
        references("\\mod_feedback\\event\\response_submitted",
                   std::string{R"({"userid":2,"courseid":5,"anonymous":)"} + anonymous + "}");
    for (const auto& one : of)
      EXPECT_FALSE(one.object);
  }
}

TEST(EnrichmentTest, ADeletedUserIsWhatTheEventHasOfIt) {
  const auto of = references("\\core\\event\\user_deleted",
                             R"({"objecttable":"user","objectid":7,"relateduserid":7,"userid":2,
          "other":{"username":"ann","email":"a\u00e9@example.org","idnumber":"007","picture":0}})");
  EXPECT_EQ(of[kUser].object, (SiteObject{Kind::kUser, 2}));
  EXPECT_FALSE(of[kRelated].object);
  EXPECT_EQ(of[kRelated].known,
            R"({"id":7,"username":"ann","email":"a\u00e9@example.org","firstname":null,)"
            R"("lastname":null,"fullname":null,"idnumber":"007","lang":null})");
}

TEST(EnrichmentTest, ADeletedCourseToo) {
  const auto of = references("\\core\\event\\course_deleted",
                             R"({"objecttable":"course","objectid":5,"courseid":5,"userid":2,
                                 "other":{"shortname":"m1","fullname":"Maths"}})");
  EXPECT_EQ(of[kCourse].known,
            R"({"id":5,"shortname":"m1","fullname":"Maths","idnumber":null,"category":null})");
}

TEST(EnrichmentTest, AnEventOfAnotherDeletionStillLooksTheCourseUp) {
  const auto of = references("\\core\\event\\course_module_deleted",
                             R"({"objecttable":"course_modules","objectid":5,"courseid":5,
                                 "other":{"name":"x"}})");
  EXPECT_EQ(of[kCourse].object, (SiteObject{Kind::kCourse, 5}));
}

TEST(EnrichmentTest, ADeletionWithoutOtherHasTheIdAlone) {
  const auto of = references("\\core\\event\\user_deleted",
                             R"({"objecttable":"user","objectid":7,"relateduserid":7})");
  EXPECT_TRUE(of[kRelated].known.starts_with(R"({"id":7,"username":null,)"));
}

TEST(EnrichmentTest, EventsThatChangePeopleAndCoursesSaySo) {
  EXPECT_EQ(changed(R"({"crud":"u","objecttable": "user","objectid":7})"),
            (SiteObject{Kind::kUser, 7}));
  EXPECT_EQ(changed(R"({"crud":"c","objecttable":"course","objectid":5})"),
            (SiteObject{Kind::kCourse, 5}));
  EXPECT_EQ(changed(R"({"crud":"d","objecttable" :"user","objectid":7})"),
            (SiteObject{Kind::kUser, 7}));
  EXPECT_FALSE(changed(R"({"crud":"r","objecttable":"user","objectid":7})"));
  EXPECT_FALSE(changed(R"({"crud":"u","objecttable":"user_enrolments","objectid":7})"));
  EXPECT_FALSE(changed(R"({"crud":"u","objectid":7})"));
  EXPECT_FALSE(may_change_objects(R"({"crud":"u","objecttable":"groups","objectid":7})"));
}

}  // namespace
}  // namespace mih::engine
