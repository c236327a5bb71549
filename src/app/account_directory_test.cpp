#include "app/account_directory.hpp"

#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/memory/memory_store.hpp"
#include "support/temporary_directory.hpp"

namespace mih::app {
namespace {

using core::Role;

class AccountDirectoryTest : public testing::Test {
 protected:
  AccountDirectoryTest() { load(); }

  void load() {
    auto loaded = AccountDirectory::load(
        store_, {.writer = writer_, .clock = clock_, .password_file = file()});
    ASSERT_TRUE(loaded);
    accounts_ = std::move(*loaded);
  }
  std::filesystem::path file() const { return directory_.path() / "admin-password"; }
  std::string password_in_file() const {
    std::string password;
    std::ifstream(file()) >> password;
    return password;
  }

  template <class T, class Start>
  Result<T> ask(Start start) {
    std::promise<Result<T>> answered;
    auto answer = answered.get_future();
    start([&answered](Result<T> result) { answered.set_value(std::move(result)); });
    return answer.get();
  }
  Result<core::User> save(core::User user, std::optional<std::string> password) {
    return ask<core::User>([&](auto answer) {
      accounts_->save_user(std::move(user), std::move(password), std::move(answer));
    });
  }
  Result<core::User> check(const std::string& name, const std::string& password) {
    return ask<core::User>(
        [&](auto answer) { accounts_->check_password(name, password, std::move(answer)); });
  }
  static core::User user(std::string name) {
    core::User out;
    out.name = std::move(name);
    out.role = Role::kView;
    return out;
  }

  test::TemporaryDirectory directory_;
  SystemClock clock_;
  store::memory::MemoryStore store_;
  store::Writer writer_{store_, clock_, {}};
  std::unique_ptr<AccountDirectory> accounts_;
};

TEST_F(AccountDirectoryTest, PasswordsAreHashedWithArgon2id) {
  const auto saved = save(user("ada"), "a long password");
  ASSERT_TRUE(saved);
  EXPECT_TRUE(saved->password_hash.starts_with("$argon2id$")) << saved->password_hash;
  EXPECT_TRUE(check("ada", "a long password"));
  EXPECT_TRUE(check("ada", "a long password"));
  for (const auto& wrong : {check("ada", "a long passwore"), check("ada", ""),
                            check("eve", "a long password"), check("", "")}) {
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kUnauthorized);
  }
}

TEST_F(AccountDirectoryTest, AChangeKeepsThePassword) {
  auto ada = *save(user("ada"), "a long password");
  ada.role = Role::kManage;
  ASSERT_TRUE(save(ada, std::nullopt));
  const auto signed_in = check("ada", "a long password");
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->role, Role::kManage);
  EXPECT_NE(signed_in->last_login, WallTime{});
  ASSERT_TRUE(save(ada, "another password"));
  EXPECT_FALSE(check("ada", "a long password"));
  load();
  EXPECT_TRUE(check("ada", "another password"));
}

TEST_F(AccountDirectoryTest, RemovedOnesAreGone) {
  const auto ada = *save(user("ada"), "a long password");
  EXPECT_TRUE(ask<bool>([&](auto answer) { accounts_->remove_user(ada.id, std::move(answer)); }));
  EXPECT_FALSE(check("ada", "a long password"));
  EXPECT_TRUE(accounts_->users().empty());
  const auto again =
      ask<bool>([&](auto answer) { accounts_->remove_user(ada.id, std::move(answer)); });
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
}

TEST_F(AccountDirectoryTest, TheFirstUserHasAPasswordForOneLogin) {
  ASSERT_TRUE(accounts_->make_first_user([](const std::string&) { return false; }));
  struct stat info{};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  const auto password = password_in_file();
  EXPECT_GE(password.size(), 20U);
  ASSERT_TRUE(accounts_->make_first_user([](const std::string&) { return false; }));
  EXPECT_EQ(password_in_file(), password) << "there was a user already";
  EXPECT_FALSE(check("admin", password + "x"));
  EXPECT_TRUE(std::filesystem::exists(file()));
  const auto signed_in = check("admin", password);
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->role, Role::kManage);
  EXPECT_TRUE(signed_in->one_time);
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_FALSE(check("admin", password));
  load();
  EXPECT_FALSE(check("admin", password));
  EXPECT_FALSE(check("admin", ""));
  auto admin = accounts_->users().at(0);
  const auto saved = save(admin, "a long password");
  ASSERT_TRUE(saved);
  EXPECT_FALSE(saved->one_time);
  EXPECT_TRUE(check("admin", "a long password"));
  EXPECT_TRUE(check("admin", "a long password"));
}

TEST_F(AccountDirectoryTest, APasswordThatWasShownIsInNoFile) {
  std::string shown;
  ASSERT_TRUE(accounts_->make_first_user([&](const std::string& password) {
    shown = password;
    return true;
  }));
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(check("admin", shown));
}

}  // namespace
}  // namespace mih::app
