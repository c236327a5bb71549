#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/stores.hpp"

/// What every store must do with users, named secrets and the audit trail.
namespace mih::store {
namespace {

using namespace mih::test;

template <class T>
class AccessTest : public testing::Test {
 protected:
  Store& store() { return subject_.store(); }
  Reader& reader() { return subject_.reader(); }
  T subject_;
};

using Implementations = testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(AccessTest, Implementations);

core::User make_user(std::string name) {
  core::User user;
  user.name = std::move(name);
  user.role = core::Role::kView;
  user.password_hash = "$argon2id$...";
  return user;
}

TYPED_TEST(AccessTest, UsersAreKept) {
  auto ada = value_of(this->store().save_user(make_user("ada"), at(1)));
  EXPECT_EQ(ada.created, at(1));
  ada.role = core::Role::kManage;
  ada.one_time = true;
  ada.last_login = at(7);
  ada = value_of(this->store().save_user(ada, at(2)));
  EXPECT_EQ(ada.created, at(1));
  EXPECT_EQ(ada.modified, at(2));
  this->subject_.reopen();
  const auto users = value_of(this->reader().users());
  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(users[0].name, "ada");
  EXPECT_EQ(users[0].role, core::Role::kManage);
  EXPECT_EQ(users[0].password_hash, "$argon2id$...");
  EXPECT_TRUE(users[0].one_time);
  EXPECT_EQ(users[0].last_login, at(7));
  EXPECT_EQ(users[0].created, at(1));
  EXPECT_EQ(users[0].modified, at(2));
}

TYPED_TEST(AccessTest, NamesOfUsersAreUnique) {
  value_of(this->store().save_user(make_user("ada"), at(1)));
  const auto again = this->store().save_user(make_user("ada"), at(2));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNameTaken);
}

TYPED_TEST(AccessTest, UnknownUsersAreNotFound) {
  auto nobody = make_user("ada");
  nobody.id.value = 9;
  EXPECT_EQ(this->store().save_user(nobody, at(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(this->store().remove_user(nobody.id).error().code, ErrorCode::kNotFound);
  const auto ada = value_of(this->store().save_user(make_user("ada"), at(1)));
  check(this->store().remove_user(ada.id));
  EXPECT_TRUE(value_of(this->reader().users()).empty());
}

TYPED_TEST(AccessTest, SecretsAreKeptByName) {
  value_of(this->store().save_secret({"b", "old", {}, {}}, at(1)));
  value_of(this->store().save_secret({"a", "other", {}, {}}, at(2)));
  value_of(this->store().save_secret({"b", "new", {}, {}}, at(3)));
  this->subject_.reopen();
  const auto secrets = value_of(this->reader().secrets());
  ASSERT_EQ(secrets.size(), 2U);
  EXPECT_EQ(secrets[0].name, "a");
  EXPECT_EQ(secrets[0].value, "other");
  EXPECT_EQ(secrets[1].name, "b");
  EXPECT_EQ(secrets[1].value, "new");
  EXPECT_EQ(secrets[1].created, at(1));
  EXPECT_EQ(secrets[1].modified, at(3));
  check(this->store().remove_secret("a"));
  EXPECT_EQ(this->store().remove_secret("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(value_of(this->reader().secrets()).size(), 1U);
}

TYPED_TEST(AccessTest, TheAuditTrailIsReadNewestFirst) {
  for (int i = 1; i <= 3; ++i) {
    check(this->store().append_audit(
        {0, at(i), "ada", "127.0.0.1", "PATCH /settings", R"({"n":)" + std::to_string(i) + "}"}));
  }
  this->subject_.reopen();
  const auto page = value_of(this->reader().audit({.limit = 2, .before = 0}));
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].time, at(3));
  EXPECT_EQ(page[0].who, "ada");
  EXPECT_EQ(page[0].address, "127.0.0.1");
  EXPECT_EQ(page[0].action, "PATCH /settings");
  EXPECT_EQ(page[0].what, R"({"n":3})");
  const auto rest = value_of(this->reader().audit({.limit = 2, .before = page[1].id}));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].time, at(1));
}

TYPED_TEST(AccessTest, TheAuditTrailIsKeptForAYear) {
  check(this->store().append_audit({0, at(0), "old", "", "", ""}));
  check(this->store().append_audit({0, at(10), "new", "", "", ""}));
  while (value_of(this->store().maintain(at(5) + core::kAuditKept))) {
  }
  const auto left = value_of(this->reader().audit({}));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].who, "new");
}

TYPED_TEST(AccessTest, AnotherKeyChangesNothingThatIsSeen) {
  auto service = make_service("crm");
  service.auth_token = "token";
  service.base_url = "https://ada:word@crm.example/v1";
  service.proxy = "http://u:p@proxy.example:3128";
  service.signing_secret = "whsec_x";
  service = value_of(this->store().save_service(service, at(1)));
  core::Site site;
  site.name = "main";
  site.callback_key = "ab";
  site.signon_key = "cd";
  value_of(this->store().save_site(site, at(1)));
  value_of(this->store().save_secret({"a", "value", {}, {}}, at(2)));
  check(this->store().rotate_key());
  for (int opens = 0; opens < 2; ++opens) {
    const auto read = value_of(this->reader().services()).at(0);
    EXPECT_EQ(read.auth_token, "token");
    EXPECT_EQ(read.base_url, service.base_url);
    EXPECT_EQ(read.proxy, service.proxy);
    EXPECT_EQ(read.signing_secret, "whsec_x");
    const auto moodle = value_of(this->reader().sites()).at(0);
    EXPECT_EQ(moodle.callback_key, "ab");
    EXPECT_EQ(moodle.signon_key, "cd");
    EXPECT_EQ(value_of(this->reader().secrets()).at(0).value, "value");
    this->subject_.reopen();
  }
}

}  // namespace
}  // namespace mih::store
