#include "transport/soap/description_cache.hpp"

#include <gtest/gtest.h>

namespace mih::transport::soap {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Cause = DescriptionCache::Cause;

core::Service service(std::string url) {
  core::Service service;
  service.base_url = std::move(url);
  return service;
}

class DescriptionCacheTest : public ::testing::Test {
 protected:
  DescriptionCache::Entry& entry() { return cache_.entry(source_, now_); }
  bool wants_load() { return DescriptionCache::wants_load(entry(), now_); }
  bool wants_refresh(Cause cause = Cause::kFailed) {
    return DescriptionCache::wants_refresh(entry(), cause, now_);
  }
  void load(std::string_view content) {
    auto description = std::make_shared<Description>();
    description->content = sha256(content);
    cache_.loaded(source_, description, now_);
  }
  void fail_to_load() { cache_.loaded(source_, std::unexpected(LoadError{}), now_); }

  DescriptionCache cache_;
  SourceKey source_ = source_of(service("http://a.example/?wsdl"));
  SteadyTime now_{hours{1000}};
};

TEST_F(DescriptionCacheTest, IsLoadedOnceForAllWhoAsk) {
  EXPECT_TRUE(wants_load());
  EXPECT_FALSE(wants_load());
  load("a");
  EXPECT_FALSE(wants_load());
  EXPECT_NE(entry().copy, nullptr);
}

TEST_F(DescriptionCacheTest, AFailedLoadIsTriedAgainWhenSomebodyAsks) {
  EXPECT_TRUE(wants_load());
  fail_to_load();
  EXPECT_EQ(entry().copy, nullptr);
  EXPECT_TRUE(wants_load());
}

TEST_F(DescriptionCacheTest, AfterADayItIsLoadedAgainWhileItServes) {
  wants_load();
  load("a");
  now_ += hours{24} - seconds{1};
  EXPECT_FALSE(wants_load());
  now_ += seconds{1};
  EXPECT_TRUE(wants_load());
  EXPECT_NE(entry().copy, nullptr);
  EXPECT_EQ(entry().loading, Cause::kAge);
  fail_to_load();
  EXPECT_NE(entry().copy, nullptr) << "the old copy serves on";
  EXPECT_FALSE(wants_load());
  now_ += seconds{1};
  EXPECT_TRUE(wants_load());
  load("a");
  EXPECT_FALSE(wants_load());
}

TEST_F(DescriptionCacheTest, AFailureRefreshesAtOnceAndThenLessAndLess) {
  wants_load();
  load("a");
  seconds waited{0};
  for (const int wait : {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    if (wait > 0) {
      now_ += seconds{wait} - seconds{1};
      EXPECT_FALSE(wants_refresh()) << wait;
      now_ += seconds{1};
    }
    EXPECT_TRUE(wants_refresh()) << wait;
    EXPECT_FALSE(wants_refresh()) << "one at a time";
    load("a");
    waited += seconds{wait};
  }
  now_ += seconds{300};
  EXPECT_TRUE(wants_refresh(Cause::kDoubted));
  load("b");
  EXPECT_TRUE(wants_refresh()) << "it changed, and may again";
}

TEST_F(DescriptionCacheTest, WithoutACopyThereIsNothingToRefresh) {
  EXPECT_FALSE(wants_refresh());
}

TEST_F(DescriptionCacheTest, RoomIsLimitedAndTheLongestUnusedGoes) {
  wants_load();
  load("a");
  for (int i = 0; i < 2000; ++i) {
    now_ += seconds{1};
    const SourceKey other = source_of(service("http://b.example/" + std::to_string(i)));
    EXPECT_TRUE(DescriptionCache::wants_load(cache_.entry(other, now_), now_));
    cache_.loaded(other, std::make_shared<Description>(), now_);
    if (i % 100 == 0) entry();
  }
  EXPECT_LE(cache_.size(), 256U);
  EXPECT_NE(entry().copy, nullptr);
  fail_to_load();
  cache_.loaded(source_of(service("http://b.example/0")), std::make_shared<Description>(), now_);
  EXPECT_LE(cache_.size(), 256U) << "what came too late is not kept";
}

TEST(SourceOf, WhatTheLoadingDependsOnMakesAnotherSource) {
  const core::Service first = service("http://a.example/");
  core::Service second = first;
  second.name = "other";
  second.timeout = std::chrono::seconds{9};
  second.wsse_user = "u";
  EXPECT_EQ(source_of(first), source_of(second));
  second.auth_token = "secret";
  EXPECT_NE(source_of(first), source_of(second));
  second = first;
  second.headers = {{"a", "b"}};
  EXPECT_NE(source_of(first), source_of(second));
  second = first;
  second.ca_file = "/ca.pem";
  EXPECT_NE(source_of(first), source_of(second));
}

}  // namespace
}  // namespace mih::transport::soap
