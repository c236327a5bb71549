#include <fmt/format.h>

#include "api/login_throttle.hpp"
#include "api/testing/server_test.hpp"

/// People who sign in: cookie, token against forged requests, what they reach, throttling.
namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;
using testing::RawResponse;

class AccountsTest : public testing::ServerTest {
 protected:
  AccountsTest() {
    hub_.people.add("ada", Role::kManage, "a long password");
    hub_.people.add("bob", Role::kView, "another password");
  }

  RawResponse sign_in(std::string_view name, std::string_view password,
                      std::string_view extra = {}) {
    auto client = tcp();
    return client.request("POST", "/api/v1/session",
                          json{{"name", name}, {"password", password}}.dump(), extra);
  }

  /// The header lines of somebody who is signed in.
  std::string headers_of(const RawResponse& login, bool with_token = true) {
    const auto cookie = login.header("set-cookie");
    auto lines = fmt::format("Cookie: other=1; {}\r\n", cookie.substr(0, cookie.find(';')));
    if (with_token) {
      lines += fmt::format("X-CSRF-Token: {}\r\n", login.json()["csrf_token"].get<std::string>());
    }
    return lines;
  }
  std::string signed_in(std::string_view name, std::string_view password) {
    const auto login = sign_in(name, password);
    EXPECT_EQ(login.status, 201) << login.body;
    return headers_of(login);
  }
  RawResponse send(std::string_view method, std::string_view path, std::string_view headers,
                   const json& body = nullptr) {
    auto client = tcp();
    return client.request(method, path, body.is_null() ? "" : body.dump(), headers);
  }
};

TEST_F(AccountsTest, ALoginGivesACookieAndATokenForChanges) {
  const auto login = sign_in("ada", "a long password");
  ASSERT_EQ(login.status, 201);
  EXPECT_EQ(login.json()["name"], "ada");
  EXPECT_EQ(login.json()["role"], "manage");
  EXPECT_EQ(login.json()["must_change_password"], false);
  const auto cookie = login.header("set-cookie");
  EXPECT_TRUE(cookie.starts_with("mih_session=")) << cookie;
  EXPECT_NE(cookie.find("; HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  EXPECT_EQ(login.body.find(cookie.substr(12, 64)), std::string::npos);
  EXPECT_EQ(send("GET", "/api/v1/tokens", headers_of(login, false)).status, 200);
  expect_problem(send("POST", "/api/v1/circuits/reset", headers_of(login, false)), 403,
                 "forbidden");
  expect_problem(
      send("POST", "/api/v1/circuits/reset", headers_of(login, false) + "X-CSRF-Token: 00\r\n"),
      403, "forbidden");
  EXPECT_EQ(send("POST", "/api/v1/circuits/reset", headers_of(login)).status, 200);
}

TEST_F(AccountsTest, WrongOnesAreRefusedAlike) {
  const auto wrong = sign_in("ada", "a wrong password");
  const auto unknown = sign_in("eve", "a wrong password");
  expect_problem(wrong, 401, "unauthorized");
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.header("set-cookie"), "");
  expect_problem(sign_in("", "x"), 422, "validation_failed");
  expect_problem(sign_in("ada", std::string(2000, 'x')), 422, "validation_failed");
}

TEST_F(AccountsTest, ARoleIsARole) {
  const auto bob = signed_in("bob", "another password");
  EXPECT_EQ(send("GET", "/api/v1/services", bob).status, 200);
  expect_problem(send("POST", "/api/v1/circuits/reset", bob), 403, "forbidden");
  expect_problem(send("GET", "/api/v1/users", bob), 403, "forbidden");
}

TEST_F(AccountsTest, AForeignOrOldCookieIsNobody) {
  for (const auto* cookie : {"mih_session=", "mih_session=00", "mih_session", "x"}) {
    expect_problem(send("GET", "/api/v1/services", fmt::format("Cookie: {}\r\n", cookie)), 401,
                   "unauthorized");
  }
}

TEST_F(AccountsTest, SigningOutEndsOneOrAll) {
  const auto first = signed_in("ada", "a long password");
  const auto second = signed_in("ada", "a long password");
  const auto third = signed_in("ada", "a long password");
  const auto out = send("DELETE", "/api/v1/session", first);
  EXPECT_EQ(out.status, 204);
  EXPECT_NE(out.header("set-cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(send("GET", "/api/v1/services", first).status, 401);
  EXPECT_EQ(send("GET", "/api/v1/services", second).status, 200);
  EXPECT_EQ(send("DELETE", "/api/v1/session?everywhere=true", second).status, 204);
  EXPECT_EQ(send("GET", "/api/v1/services", third).status, 401);
}

TEST_F(AccountsTest, GuessingIsSlowedDown) {
  for (int i = 0; i < LoginThrottle::kFree; ++i)
    EXPECT_EQ(sign_in("ada", "a guess").status, 401);
  const auto slowed = sign_in("ada", "a long password");
  expect_problem(slowed, 429, "rate_limited");
  EXPECT_NE(slowed.header("retry-after"), "");
  EXPECT_EQ(hub_.people.checked.size(), static_cast<std::size_t>(LoginThrottle::kFree));
}

TEST_F(AccountsTest, ATrustedProxySaysWhoFailed) {
  options_.trusted_proxies = {*parse_network("127.0.0.0/8")};
  start();
  const auto from = [](std::string_view address) {
    return fmt::format("X-Forwarded-For: {}\r\nX-Forwarded-Proto: https\r\n", address);
  };
  for (int i = 0; i < LoginThrottle::kFree + 3; ++i)
    sign_in(fmt::format("user{}", i), "a guess", from("9.9.9.9, 203.0.113.7, 127.0.0.2"));
  EXPECT_EQ(sign_in("ada", "a long password", from("203.0.113.7")).status, 429);
  const auto login = sign_in("ada", "a long password", from("203.0.113.8"));
  EXPECT_EQ(login.status, 201);
  EXPECT_NE(login.header("set-cookie").find("; Secure"), std::string::npos);
  EXPECT_EQ(hub_.trail().back().address, "203.0.113.8");
  EXPECT_EQ(send("GET", "/metrics", from("203.0.113.8")).status, 403);
  EXPECT_EQ(send("GET", "/metrics", from("127.0.0.1")).status, 200);
}

TEST_F(AccountsTest, NobodyElseSaysWhereARequestCameFrom) {
  sign_in("ada", "a long password", "X-Forwarded-For: 203.0.113.7\r\n");
  EXPECT_EQ(hub_.trail().back().address, "127.0.0.1");
}

TEST_F(AccountsTest, UsersAreMadeChangedAndRemoved) {
  const auto ada = signed_in("ada", "a long password");
  const auto made = send("POST", "/api/v1/users", ada,
                         {{"name", "eve"}, {"password", "twelve chars"}, {"role", "view"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("location"), "/api/v1/users/3");
  EXPECT_EQ(made.body.find("twelve"), std::string::npos);
  const auto eve = signed_in("eve", "twelve chars");
  const auto list = send("GET", "/api/v1/users", ada).json()["items"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0]["name"], "eve");
  EXPECT_EQ(send("PATCH", "/api/v1/users/3", ada, {{"role", "manage"}}).json()["role"], "manage");
  EXPECT_EQ(send("GET", "/api/v1/services", eve).status, 401);  // has to sign in with the new role
  const auto again = signed_in("eve", "twelve chars");
  EXPECT_EQ(send("DELETE", "/api/v1/users/3/sessions", ada).json()["sessions_ended"], 1);
  EXPECT_EQ(send("GET", "/api/v1/services", again).status, 401);
  EXPECT_EQ(send("DELETE", "/api/v1/users/3", ada).status, 204);
  expect_problem(sign_in("eve", "twelve chars"), 401, "unauthorized");
  EXPECT_EQ(send("DELETE", "/api/v1/users/3", ada).status, 404);
}

TEST_F(AccountsTest, BadUsersAre422) {
  const auto ada = signed_in("ada", "a long password");
  for (const auto& body : {json{{"name", "eve"}, {"role", "view"}},
                           json{{"name", "eve"}, {"password", "too short"}, {"role", "view"}},
                           json{{"name", "e v e"}, {"password", "twelve chars"}, {"role", "view"}},
                           json{{"name", "eve"}, {"password", "twelve chars"}, {"role", "ingest"}},
                           json{{"name", "eve"}, {"password", "twelve chars"}}}) {
    expect_problem(send("POST", "/api/v1/users", ada, body), 422, "validation_failed");
  }
  expect_problem(send("POST", "/api/v1/users", ada,
                      {{"name", "bob"}, {"password", "twelve chars"}, {"role", "view"}}),
                 409, "name_taken");
}

TEST_F(AccountsTest, PeopleChooseTheirPassword) {
  const auto bob = signed_in("bob", "another password");
  const auto other = signed_in("bob", "another password");
  expect_problem(send("PUT", "/api/v1/session/password", bob,
                      {{"password", "wrong"}, {"new_password", "a new password"}}),
                 422, "validation_failed");
  expect_problem(send("PUT", "/api/v1/session/password", bob,
                      {{"password", "another password"}, {"new_password", "short"}}),
                 422, "validation_failed");
  const auto changed = send("PUT", "/api/v1/session/password", bob,
                            {{"password", "another password"}, {"new_password", "a new password"}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(send("GET", "/api/v1/services", headers_of(changed)).status, 200);
  EXPECT_EQ(send("GET", "/api/v1/services", bob).status, 401);
  EXPECT_EQ(send("GET", "/api/v1/services", other).status, 401);
  EXPECT_EQ(sign_in("bob", "a new password").status, 201);
}

TEST_F(AccountsTest, AOneTimePasswordIsReplacedWithoutItself) {
  hub_.people.list[0].one_time = true;
  const auto login = sign_in("ada", "a long password");
  EXPECT_EQ(login.json()["must_change_password"], true);
  expect_problem(sign_in("ada", "a long password"), 401, "unauthorized");
  EXPECT_EQ(send("PUT", "/api/v1/session/password", headers_of(login),
                 {{"new_password", "a new password"}})
                .status,
            200);
  EXPECT_EQ(sign_in("ada", "a new password").json()["must_change_password"], false);
}

}  // namespace
}  // namespace mih::api
