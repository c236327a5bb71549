#include <gtest/gtest.h>

#include "api/dashboard_routes.hpp"
#include "api/http.hpp"
#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using testing::ServerTest;

class DashboardTest : public ServerTest {};

TEST(Dashboard, OnlyAnOriginEntersThePolicy) {
  EXPECT_EQ(origin_of("https://moodle.example:8443/path?x"), "https://moodle.example:8443");
  EXPECT_EQ(origin_of("http://moodle.example"), "http://moodle.example");
  EXPECT_EQ(origin_of("javascript://x"), "");
  EXPECT_EQ(origin_of("https://a.example; script-src *"), "");
  EXPECT_EQ(origin_of("https://a.example'"), "");
  EXPECT_EQ(origin_of(""), "");
}

TEST(Dashboard, ThePolicyAllowsNoInlineScriptAndNamesTheSites) {
  core::Site site;
  site.wwwroot = "https://moodle.example/m";
  const auto policy = page_policy({site});
  EXPECT_TRUE(policy.contains("script-src 'self';"));
  EXPECT_TRUE(policy.contains("style-src 'self';"));
  EXPECT_FALSE(policy.contains("unsafe"));
  EXPECT_TRUE(policy.ends_with("frame-ancestors 'self' https://moodle.example"));
}

TEST(Dashboard, KnowsItsOwnTag) {
  EXPECT_TRUE(names_tag(R"("abc")", R"("abc")"));
  EXPECT_TRUE(names_tag(R"("x", W/"abc")", R"("abc")"));
  EXPECT_TRUE(names_tag("*", R"("abc")"));
  EXPECT_FALSE(names_tag(R"("abcd")", R"("abc")"));
  EXPECT_FALSE(names_tag("", R"("abc")"));
}

TEST(Dashboard, ReadsAcceptEncoding) {
  EXPECT_TRUE(accepts_coding("gzip, deflate, br", "gzip"));
  EXPECT_TRUE(accepts_coding("br;q=1.0, GZIP;q=0.5", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip;q=0, br", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip; q=0.0", "gzip"));
  EXPECT_FALSE(accepts_coding("xgzip", "gzip"));
  EXPECT_FALSE(accepts_coding("", "gzip"));
}

TEST_F(DashboardTest, EveryAssetIsServedWithoutAToken) {
  auto client = tcp();
  for (const auto& asset : dashboard_assets()) {
    const auto path = asset.name == "index.html" ? "/" : "/" + std::string(asset.name);
    const auto packed = client.request("GET", path, {}, "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(packed.status, 200) << path;
    EXPECT_EQ(packed.body, asset.packed) << path;
    EXPECT_EQ(packed.header("content-encoding"), "gzip") << path;
    EXPECT_EQ(packed.header("etag"), asset.tag) << path;
    const auto plain = client.request("GET", path);
    EXPECT_EQ(plain.header("content-encoding"), "") << path;
    EXPECT_GT(plain.body.size(), 0U) << path;
    const auto known = "If-None-Match: " + std::string(asset.tag) + "\r\n";
    const auto unchanged = client.request("GET", path, {}, known);
    EXPECT_EQ(unchanged.status, 304) << path;
    EXPECT_EQ(unchanged.body, "") << path;
  }
}

TEST_F(DashboardTest, AnUnknownAssetIsNotFound) {
  expect_problem(tcp().request("GET", "/assets/none.js"), 404, "not_found");
}

}  // namespace
}  // namespace mih::api
