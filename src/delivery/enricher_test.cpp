#include "delivery/enricher.hpp"

#include <gtest/gtest.h>

namespace mih::delivery {
namespace {

using engine::SiteObject;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SiteObject kAnn{SiteObject::Kind::kUser, 2};
constexpr SiteObject kMaths{SiteObject::Kind::kCourse, 2};
constexpr Enricher::Waiter kFirst{core::ServiceId{1}, {core::EventSeq{1}, 0}};
constexpr Enricher::Waiter kSecond{core::ServiceId{2}, {core::EventSeq{2}, 0}};

class EnricherTest : public ::testing::Test {
 protected:
  std::string known(const SiteObject& object) {
    const auto found = enricher_.find("main", object, now_);
    return found ? found->json : "?";
  }
  SiteQuery query() {
    auto queries = enricher_.take_queries(now_);
    EXPECT_EQ(queries.size(), 1u);
    return queries.empty() ? SiteQuery{} : std::move(queries.front());
  }
  void learn(std::optional<std::string> ann, std::optional<std::string> maths) {
    enricher_.want("main", kAnn, kFirst);
    enricher_.want("main", kMaths, kFirst);
    enricher_.on_found(query(), {{{2, std::move(ann)}}, {{2, std::move(maths)}}}, now_);
  }

  Enricher enricher_;
  SteadyTime now_{seconds{1000}};
};

TEST_F(EnricherTest, AsksOnceForAllThatWait) {
  enricher_.want("main", kAnn, kFirst);
  enricher_.want("main", kAnn, kSecond);
  enricher_.want("main", kMaths, kSecond);
  const auto asked = query();
  EXPECT_EQ(asked.wanted.users, std::vector<std::int64_t>{2});
  EXPECT_EQ(asked.wanted.courses, std::vector<std::int64_t>{2});
  EXPECT_TRUE(enricher_.take_queries(now_).empty());
  enricher_.want("main", kAnn, kFirst);
  EXPECT_TRUE(enricher_.take_queries(now_).empty()) << "it is asked already";
  EXPECT_EQ(enricher_.on_found(asked, {{{2, "{}"}}, {{2, "{}"}}}, now_),
            (Enricher::Waiters{kFirst, kSecond}));
}

TEST_F(EnricherTest, SitesAreAskedApart) {
  enricher_.want("main", kAnn, kFirst);
  enricher_.want("other", kAnn, kFirst);
  EXPECT_EQ(enricher_.take_queries(now_).size(), 2u);
}

TEST_F(EnricherTest, AQueryIsBounded) {
  for (int id = 1; id <= 1'001; ++id)
    enricher_.want("main", {SiteObject::Kind::kUser, id}, kFirst);
  const auto queries = enricher_.take_queries(now_);
  ASSERT_EQ(queries.size(), 3u);
  EXPECT_EQ(queries[0].wanted.users.size(), Enricher::kMostInQuery);
  EXPECT_EQ(queries[2].wanted.users.size(), 1u);
}

TEST_F(EnricherTest, PeopleAreKnownForTenMinutesAndCoursesForAnHour) {
  learn("{\"id\":2}", "{\"id\":2}");
  now_ += minutes{10} - seconds{1};
  EXPECT_EQ(known(kAnn), "{\"id\":2}");
  now_ += seconds{1};
  EXPECT_EQ(known(kAnn), "?");
  now_ += minutes{50} - seconds{1};
  EXPECT_EQ(known(kMaths), "{\"id\":2}");
  now_ += seconds{1};
  EXPECT_EQ(known(kMaths), "?");
}

TEST_F(EnricherTest, ThatThereIsNobodyIsKnownToo) {
  learn(std::nullopt, "{}");
  EXPECT_EQ(known(kAnn), "");
  enricher_.want("main", {SiteObject::Kind::kUser, 3}, kFirst);
  enricher_.on_found(query(), {}, now_);  // an answer that does not mention it
  EXPECT_EQ(known({SiteObject::Kind::kUser, 3}), "");
}

TEST_F(EnricherTest, AChangeMakesItUnknown) {
  learn("{\"v\":1}", "{}");
  const auto held = enricher_.find("main", kAnn, now_);
  enricher_.forget("main", kAnn);
  EXPECT_EQ(known(kAnn), "?");
  EXPECT_FALSE(held->is_good(now_)) << "who holds it does not use it any more";
  EXPECT_EQ(known(kMaths), "{}");
}

TEST_F(EnricherTest, AnAnswerThatMayBeOlderThanTheChangeIsNotTaken) {
  enricher_.want("main", kAnn, kFirst);
  const auto asked = query();
  enricher_.forget("main", kAnn);
  EXPECT_TRUE(enricher_.on_found(asked, {{{2, "{\"v\":1}"}}, {}}, now_).empty());
  EXPECT_EQ(known(kAnn), "?");
  EXPECT_EQ(enricher_.on_found(query(), {{{2, "{\"v\":2}"}}, {}}, now_), Enricher::Waiters{kFirst});
  EXPECT_EQ(known(kAnn), "{\"v\":2}");
}

TEST_F(EnricherTest, ASiteThatIsAwayIsAskedAgain) {
  enricher_.want("main", kAnn, kFirst);
  enricher_.on_away(query(), now_ + seconds{5});
  EXPECT_TRUE(enricher_.take_queries(now_).empty());
  EXPECT_EQ(enricher_.next_query(), now_ + seconds{5});
  enricher_.want("main", kMaths, kSecond);
  EXPECT_TRUE(enricher_.take_queries(now_).empty());
  now_ += seconds{5};
  const auto asked = query();
  EXPECT_EQ(asked.wanted.users.size() + asked.wanted.courses.size(), 2u);
  EXPECT_FALSE(enricher_.next_query());
}

TEST_F(EnricherTest, WhatASiteRefusesIsToldAndNotAskedAgain) {
  enricher_.want("main", kAnn, kFirst);
  EXPECT_EQ(enricher_.on_refused(query()), Enricher::Waiters{kFirst});
  EXPECT_TRUE(enricher_.take_queries(now_).empty());
  EXPECT_EQ(known(kAnn), "?");
}

TEST_F(EnricherTest, KnowsSoManyThatWereUsedLast) {
  learn("{}", "{}");
  for (std::size_t i = 0; i < Enricher::kMostKnown; ++i) {
    const SiteObject object{SiteObject::Kind::kUser, static_cast<std::int64_t>(i) + 10};
    enricher_.want("main", object, kFirst);
    enricher_.on_found(query(), {}, now_);
    EXPECT_EQ(known(kMaths), "{}");
  }
  EXPECT_EQ(known(kAnn), "?");
  EXPECT_LE(enricher_.size(), Enricher::kMostKnown);
}

TEST_F(EnricherTest, KnowsSoManyBytes) {
  const std::string large(Enricher::kMostBytes / 4, ' ');
  for (int id = 10; id < 30; ++id) {
    enricher_.want("main", {SiteObject::Kind::kUser, id}, kFirst);
    enricher_.on_found(query(), {{{id, large}}, {}}, now_);
  }
  EXPECT_EQ(enricher_.size(), 4u);
}

TEST_F(EnricherTest, WhatIsHeldStaysKnown) {
  learn("{\"v\":1}", "{}");
  const auto held = enricher_.find("main", kAnn, now_);
  for (std::size_t i = 0; i < 2 * Enricher::kMostKnown; ++i) {
    enricher_.want("main", {SiteObject::Kind::kUser, static_cast<std::int64_t>(i) + 10}, kFirst);
    enricher_.on_found(query(), {}, now_);
  }
  enricher_.forget("main", kAnn);
  EXPECT_FALSE(held->is_good(now_)) << "a change reaches it however long it waits";
  EXPECT_LE(enricher_.size(), Enricher::kMostKnown);
}

}  // namespace
}  // namespace mih::delivery
