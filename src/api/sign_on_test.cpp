#include "api/sign_on.hpp"

#include <gmock/gmock.h>

#include "api/route.hpp"
#include "api/testing/assertion.hpp"
#include "api/testing/server_test.hpp"

namespace mih::api {
namespace {

using testing::assertion_of;
using testing::claims_for;
using ::testing::HasSubstr;

constexpr std::string_view kKey = "key of the site";

class SignOn : public ::testing::Test {
 protected:
  Result<SignedOn> take(const std::string& assertion, WallTime now = kNow) {
    return sign_ons_.take(
        assertion, request_,
        [](std::string_view name) -> std::optional<core::Site> {
          if (name != "main" && name != "unconnected") return std::nullopt;
          core::Site site;
          site.name = name;
          if (name == "main") site.signon_key = kKey;
          return site;
        },
        now);
  }
  /// Expects a refusal that says so.
  void expect_refused(const nlohmann::json& claims, std::string_view why,
                      std::string_view key = kKey, WallTime now = kNow) {
    const auto taken = take(assertion_of(claims, key), now);
    ASSERT_FALSE(taken) << claims;
    EXPECT_EQ(taken.error().code, ErrorCode::kUnauthorized);
    EXPECT_THAT(taken.error().detail, HasSubstr(why));
  }
  static nlohmann::json good() {
    return claims_for("main", "manage", "POST", "/api/v1/rules?x=1", "{}", kNow);
  }

  static inline const WallTime kNow = from_unix_ms(1'700'000'000'500);
  SignedRequest request_{"POST", "/api/v1/rules?x=1"};
  SignOns sign_ons_{kNow - std::chrono::minutes{10}};
};

TEST_F(SignOn, SaysWhoItIs) {
  const auto who = take(assertion_of(good(), kKey));
  ASSERT_TRUE(who) << who.error().detail;
  EXPECT_EQ(who->site, "main");
  EXPECT_EQ(who->user, 5);
  EXPECT_EQ(who->name, "Ada Lovelace");
  EXPECT_EQ(who->role, core::Role::kManage);
  EXPECT_EQ(who->body_hash, sha256("{}"));
}

TEST_F(SignOn, IsGoodOnce) {
  const auto claims = good();
  EXPECT_TRUE(take(assertion_of(claims, kKey)));
  expect_refused(claims, "used before");
  auto longer = claims;
  longer["exp"] = claims["iat"].get<double>() + 50;
  expect_refused(longer, "used before");
  expect_refused(claims, "expired", kKey, kNow + std::chrono::seconds{31});
}

TEST_F(SignOn, NeedsTheKeyOfAConnectedSite) {
  expect_refused(good(), "no connected site", "another key");
  auto claims = good();
  claims["site"] = "elsewhere";
  expect_refused(claims, "no connected site");
  claims["site"] = "unconnected";
  expect_refused(claims, "no connected site", "");
}

TEST_F(SignOn, IsForOneRequest) {
  for (const auto& [name, value] :
       {std::pair{"method", "GET"}, {"path", "/api/v1/rules"}, {"path", "/api/v1/rules?x=2"}}) {
    auto claims = good();
    claims[name] = value;
    expect_refused(claims, "another request");
  }
}

TEST_F(SignOn, HasAShortLife) {
  const double now = 1'700'000'000.5;
  for (const auto& [issued, expires, why] : {std::tuple{now, now + 60.1, "over 60 s"},
                                             {now - 61, now - 1, "expired"},
                                             {now - 1, now, "expired"},
                                             {now + 6, now + 30, "future"},
                                             {now - 601, now + 1, "over 60 s"}}) {
    auto claims = good();
    claims["iat"] = issued;
    claims["exp"] = expires;
    expect_refused(claims, why);
  }
}

TEST_F(SignOn, FromBeforeTheStartIsNotTaken) {
  sign_ons_ = SignOns{kNow + std::chrono::milliseconds{1}};
  expect_refused(good(), "older than this start");
}

TEST_F(SignOn, EveryClaimIsNeededAndBounded) {
  for (const auto& item : good().items()) {
    auto claims = good();
    claims.erase(item.key());
    expect_refused(claims, "claim");
    claims[item.key()] = nullptr;
    expect_refused(claims, "claim");
  }
  for (const auto& [name, value] : {std::pair<const char*, nlohmann::json>{"role", "ingest"},
                                    {"role", "none"},
                                    {"userid", 0},
                                    {"userid", "5"},
                                    {"jti", "short"},
                                    {"jti", std::string(129, 'x')},
                                    {"name", std::string(256, 'x')},
                                    {"iat", -1},
                                    {"iat", 1e300},
                                    {"sha256", "abc"}}) {
    auto claims = good();
    claims[name] = value;
    expect_refused(claims, "claim");
  }
}

TEST_F(SignOn, OddTextsAreRefused) {
  for (const auto* text : {"", ".", "a.b", "e30.", "e30", "!!.00", "W10.00"}) {
    const auto taken = take(text);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::kUnauthorized);
  }
  EXPECT_FALSE(take(std::string(9000, 'a')));
}

TEST_F(SignOn, RemembersSoManyUntilTheyHaveExpired) {
  sign_ons_ = SignOns{kNow - std::chrono::minutes{10}, 3};
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(take(assertion_of(good(), kKey)));
  const auto full = take(assertion_of(good(), kKey));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kBusy);
  const auto later = kNow + std::chrono::seconds{40};
  request_ = {"GET", "/"};
  EXPECT_TRUE(take(assertion_of(claims_for("main", "view", "GET", "/", "", later), kKey), later));
}

class SignOnServer : public testing::ServerTest {
 protected:
  testing::RawResponse send(std::string_view role, std::string_view method,
                            const std::string& target, std::string_view body = {},
                            std::string_view signed_body = {}) {
    auto client = tcp();
    if (hub_.site_list.list.empty()) hub_.site_list.add("main");
    const auto claims = claims_for("main", role, method, target,
                                   signed_body.empty() ? body : signed_body, clock_.now().wall);
    return client.request(method, target, body,
                          fmt::format("Authorization: MIH-Sign-On {}\r\n",
                                      assertion_of(claims, "signon key of main")));
  }
};

TEST_F(SignOnServer, ReachesWhatItsRoleAllowsAndNothingOfTheHubItself) {
  start();
  for (const auto role : {core::Role::kView, core::Role::kManage}) {
    for (const auto& route : routes()) {
      if (route.role == core::Role::kNone) continue;
      std::string path(route.pattern);
      for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
        path.replace(open, path.find('}') - open + 1, "7");
      const bool has_body = route.method != Method::kGet && route.method != Method::kDelete;
      const auto response =
          send(core::name_of(role), name_of(route.method), path, has_body ? "{}" : "");
      const auto name = fmt::format("{} {}", name_of(route.method), route.pattern);
      const bool own = route.reach == Reach::kAnywhere || route.reach == Reach::kLocal;
      if (own && core::allows(role, route.role)) {
        EXPECT_NE(response.status, 403) << name;
        EXPECT_NE(response.status, 401) << name << response.body;
      } else {
        expect_problem(response, 403, "forbidden");
      }
    }
  }
}

TEST_F(SignOnServer, TheBodyMustBeTheSignedOne) {
  EXPECT_EQ(send("manage", "POST", "/api/v1/circuits/reset", "{}").status, 200);
  expect_problem(send("manage", "POST", "/api/v1/circuits/reset", "{}", "{ }"), 401,
                 "unauthorized");
}

TEST_F(SignOnServer, IsNoSignOfLifeOfTheConnector) {
  EXPECT_EQ(send("view", "GET", "/api/v1/services").status, 200);
  EXPECT_TRUE(hub_.site_list.reports.empty());
}

}  // namespace
}  // namespace mih::api
