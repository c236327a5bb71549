#include "api/logins.hpp"

#include <gtest/gtest.h>

namespace mih::api {
namespace {

using std::chrono::minutes;

class LoginsTest : public ::testing::Test {
 protected:
  static core::User user(std::int64_t id) {
    core::User out;
    out.id.value = id;
    out.name = "ada";
    out.role = core::Role::kView;
    return out;
  }
  Now after(minutes passed) const { return {WallTime{} + passed, SteadyTime{} + passed}; }

  Logins logins_{{.idle = minutes{30}, .life = minutes{100}}};
};

TEST_F(LoginsTest, ACookieLeadsToItsLogin) {
  const auto opened = logins_.open(user(3), after(minutes{0}));
  EXPECT_GE(opened.cookie.size(), 64U);
  EXPECT_GE(opened.login.csrf_token.size(), 64U);
  EXPECT_NE(opened.cookie, opened.login.csrf_token);
  const auto* found = logins_.find(opened.cookie, after(minutes{1}));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->user.value, 3);
  EXPECT_EQ(found->name, "ada");
  EXPECT_EQ(found->role, core::Role::kView);
  EXPECT_EQ(found->csrf_token, opened.login.csrf_token);
  for (const auto* other : {"", "x"})
    EXPECT_EQ(logins_.find(other, after(minutes{1})), nullptr);
  EXPECT_EQ(logins_.find(std::string(10'000, 'x'), after(minutes{1})), nullptr);
}

TEST_F(LoginsTest, EndsWhenNothingIsDone) {
  const auto cookie = logins_.open(user(3), after(minutes{0})).cookie;
  EXPECT_NE(logins_.find(cookie, after(minutes{29})), nullptr);
  EXPECT_NE(logins_.find(cookie, after(minutes{58})), nullptr);
  EXPECT_EQ(logins_.find(cookie, after(minutes{88})), nullptr);
  EXPECT_EQ(logins_.find(cookie, after(minutes{88})), nullptr);
}

TEST_F(LoginsTest, EndsInAnyCaseAfterItsLife) {
  const auto cookie = logins_.open(user(3), after(minutes{0})).cookie;
  for (int passed = 20; passed < 100; passed += 20)
    EXPECT_NE(logins_.find(cookie, after(minutes{passed})), nullptr);
  EXPECT_EQ(logins_.find(cookie, after(minutes{100})), nullptr);
}

TEST_F(LoginsTest, EndsWhenItIsClosed) {
  const auto first = logins_.open(user(3), after(minutes{0})).cookie;
  const auto second = logins_.open(user(3), after(minutes{0})).cookie;
  const auto other = logins_.open(user(4), after(minutes{0})).cookie;
  logins_.close(first);
  EXPECT_EQ(logins_.find(first, after(minutes{0})), nullptr);
  EXPECT_NE(logins_.find(second, after(minutes{0})), nullptr);
  EXPECT_EQ(logins_.close_all(core::UserId{3}), 1U);
  EXPECT_EQ(logins_.find(second, after(minutes{0})), nullptr);
  EXPECT_NE(logins_.find(other, after(minutes{0})), nullptr);
}

TEST_F(LoginsTest, AUserHasSoManyAndTheOldestGoes) {
  const auto other = logins_.open(user(4), after(minutes{0})).cookie;
  const auto first = logins_.open(user(3), after(minutes{0})).cookie;
  const auto second = logins_.open(user(3), after(minutes{1})).cookie;
  for (std::size_t i = 2; i < Logins::kMost; ++i)
    logins_.open(user(3), after(minutes{2}));
  EXPECT_NE(logins_.find(first, after(minutes{2})), nullptr);
  logins_.open(user(3), after(minutes{2}));
  EXPECT_EQ(logins_.find(first, after(minutes{2})), nullptr);
  EXPECT_NE(logins_.find(second, after(minutes{2})), nullptr);
  EXPECT_NE(logins_.find(other, after(minutes{2})), nullptr);
}

}  // namespace
}  // namespace mih::api
