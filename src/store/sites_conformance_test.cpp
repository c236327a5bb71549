#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/stores.hpp"

/// What every store must do with sites, catalogues and the subscription list.
namespace mih::store {
namespace {

using namespace mih::test;

template <class T>
class SitesTest : public testing::Test {
 protected:
  Store& store() { return subject_.store(); }
  Reader& reader() { return subject_.reader(); }
  T subject_;
};

using Implementations = testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(SitesTest, Implementations);

core::Site make_site(std::string name) {
  core::Site site;
  site.name = std::move(name);
  return site;
}

core::Site full_site() {
  core::Site site = make_site("main");
  site.wwwroot = "https://moodle.example/é";
  site.callback_url = "https://moodle.example/callback.php";
  site.plugin_version = "2026112300";
  site.moodle_version = "4.5.5+ (Build: 20250613)";
  site.outbox_rows = 7;
  site.last_seen = at(5);
  site.token.value = 3;
  site.callback_key = "ab";
  site.signon_key = "cd";
  site.code_hash = sha256("code");
  site.code_expires = at(99);
  site.list_version = 1'700'000'000'000;
  return site;
}

void expect_equal(const core::Site& read, const core::Site& saved) {
  EXPECT_EQ(read.id, saved.id);
  EXPECT_EQ(read.name, saved.name);
  EXPECT_EQ(read.wwwroot, saved.wwwroot);
  EXPECT_EQ(read.callback_url, saved.callback_url);
  EXPECT_EQ(read.plugin_version, saved.plugin_version);
  EXPECT_EQ(read.moodle_version, saved.moodle_version);
  EXPECT_EQ(read.outbox_rows, saved.outbox_rows);
  EXPECT_EQ(read.last_seen, saved.last_seen);
  EXPECT_EQ(read.token, saved.token);
  EXPECT_EQ(read.callback_key, saved.callback_key);
  EXPECT_EQ(read.signon_key, saved.signon_key);
  EXPECT_EQ(read.code_hash, saved.code_hash);
  EXPECT_EQ(read.code_expires, saved.code_expires);
  EXPECT_EQ(read.list_version, saved.list_version);
  EXPECT_EQ(read.created, saved.created);
  EXPECT_EQ(read.modified, saved.modified);
}

TYPED_TEST(SitesTest, ASiteComesBackAsItWasSaved) {
  const auto saved = value_of(this->store().save_site(full_site(), at(1)));
  EXPECT_TRUE(saved.id);
  EXPECT_EQ(saved.created, at(1));
  this->subject_.reopen();
  auto sites = value_of(this->reader().sites());
  ASSERT_EQ(sites.size(), 1U);
  expect_equal(sites[0], saved);

  auto changed = saved;
  changed.code_hash.reset();
  changed.token.value = 9;
  const auto again = value_of(this->store().save_site(changed, at(2)));
  EXPECT_EQ(again.created, at(1));
  EXPECT_EQ(again.modified, at(2));
  sites = value_of(this->reader().sites());
  ASSERT_EQ(sites.size(), 1U);
  expect_equal(sites[0], again);
}

TYPED_TEST(SitesTest, NamesOfSitesAreUnique) {
  const auto one = value_of(this->store().save_site(make_site("one"), at(1)));
  const auto taken = this->store().save_site(make_site("one"), at(1));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kNameTaken);
  EXPECT_TRUE(this->store().save_site(one, at(2)));
}

TYPED_TEST(SitesTest, ARemovedSiteIsGoneWithItsCatalogue) {
  const auto one = value_of(this->store().save_site(make_site("one"), at(1)));
  const auto two = value_of(this->store().save_site(make_site("two"), at(1)));
  EXPECT_TRUE(this->store().save_catalogue(one.id, "[1]"));
  EXPECT_TRUE(this->store().save_catalogue(two.id, "[2]"));
  EXPECT_TRUE(this->store().save_catalogue(two.id, "[22]"));
  EXPECT_TRUE(this->store().remove_site(one.id));
  this->subject_.reopen();
  EXPECT_EQ(value_of(this->reader().sites()).size(), 1U);
  EXPECT_EQ(value_of(this->reader().catalogue(one.id)), "");
  EXPECT_EQ(value_of(this->reader().catalogue(two.id)), "[22]");
}

TYPED_TEST(SitesTest, WhatIsNotThereIsNotFound) {
  const core::SiteId missing{77};
  auto site = make_site("x");
  site.id = missing;
  for (const auto& error :
       {this->store().save_site(site, at(1)).error(), this->store().remove_site(missing).error(),
        this->store().save_catalogue(missing, "[]").error()}) {
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
  }
}

TYPED_TEST(SitesTest, TheSubscriptionListIsReplacedAsAWhole) {
  EXPECT_EQ(value_of(this->reader().subscriptions()).version, 0);
  const core::Subscriptions first{5, {{"a", 3, at(1)}, {"b", 5, {}}}};
  EXPECT_TRUE(this->store().save_subscriptions(first));
  const core::Subscriptions second{6, {{"b", 5, at(2)}, {"c", 6, {}}}};
  EXPECT_TRUE(this->store().save_subscriptions(second));
  this->subject_.reopen();
  const auto read = value_of(this->reader().subscriptions());
  EXPECT_EQ(read.version, 6);
  ASSERT_EQ(read.patterns.size(), 2U);
  EXPECT_EQ(read.patterns[0].pattern, "b");
  EXPECT_EQ(read.patterns[0].since, 5);
  EXPECT_EQ(read.patterns[0].active_since, at(2));
  EXPECT_EQ(read.patterns[1].pattern, "c");
  EXPECT_EQ(read.patterns[1].active_since, WallTime{});
}

}  // namespace
}  // namespace mih::store
