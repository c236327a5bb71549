#include "store/secret_box.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_directory.hpp"

namespace mih::store {
namespace {

using test::TemporaryDirectory;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SecretBox, OpensWhatItSealed) {
  const SecretBox box(SecretKey::random());
  for (const auto* text : {"short", "a secret", "with \" and \\ and é"}) {
    const auto sealed = box.seal(text, "svc.auth_token");
    EXPECT_EQ(sealed.find(text), std::string::npos);
    EXPECT_EQ(box.open(sealed, "svc.auth_token"), text);
  }
  EXPECT_EQ(box.seal("", "svc.auth_token"), "");
  EXPECT_EQ(box.open("", "svc.auth_token"), "");
}

TEST(SecretBox, NeverSealsTwiceAlike) {
  const SecretBox box(SecretKey::random());
  EXPECT_NE(box.seal("secret", "a"), box.seal("secret", "a"));
}

TEST(SecretBox, OpensNothingElse) {
  const SecretBox box(SecretKey::random());
  const auto sealed = box.seal("secret", "svc.auth_token");
  EXPECT_EQ(box.open(sealed, "svc.client_key"), std::nullopt);
  EXPECT_EQ(SecretBox(SecretKey::random()).open(sealed, "svc.auth_token"), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto spoiled = sealed;
    spoiled[i] = spoiled[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(box.open(spoiled, "svc.auth_token"), std::nullopt) << i;
    EXPECT_EQ(box.open(sealed.substr(0, i), "svc.auth_token").value_or(""), "") << i;
  }
  EXPECT_EQ(box.open("in clear", "svc.auth_token"), std::nullopt);
}

TEST(SecretBox, ANewKeySealsAndTheOldOneOpens) {
  SecretBox box(SecretKey::random());
  const auto old = box.seal("secret", "a");
  box.use(SecretKey::random());
  EXPECT_EQ(box.open(old, "a"), "secret");
  const auto fresh = box.seal("secret", "a");
  EXPECT_EQ(SecretBox(box.key()).open(fresh, "a"), "secret");
  EXPECT_EQ(SecretBox(box.key()).open(old, "a"), std::nullopt);
}

TEST(KeyFile, IsWrittenForItsOwnerAlone) {
  const TemporaryDirectory directory;
  const KeyFile file(directory.path() / "mih.key");
  EXPECT_FALSE(file.exists());
  const std::vector<SecretKey> keys{SecretKey::random(), SecretKey::random()};
  ASSERT_TRUE(file.write(keys));
  EXPECT_EQ(file.read().value(), keys);
  struct stat info{};
  ASSERT_EQ(::stat(file.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(directory.path())), 1);
}

TEST(KeyFile, SaysWhatIsWrong) {
  const TemporaryDirectory directory;
  const KeyFile file(directory.path() / "mih.key");
  const auto expect_refused = [&](std::string_view why) {
    const auto keys = file.read();
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, ErrorCode::kConfigInvalid);
    EXPECT_NE(keys.error().detail.find(why), std::string::npos) << keys.error().detail;
    EXPECT_NE(keys.error().detail.find("key_file"), std::string::npos);
  };
  expect_refused("is missing");
  ASSERT_TRUE(file.write({SecretKey::random()}));
  const auto good = content_of(file.path());
  ASSERT_EQ(::chmod(file.path().c_str(), 0640), 0);
  expect_refused("other users");
  ASSERT_EQ(::chmod(file.path().c_str(), 0600), 0);
  std::ofstream(file.path()) << good.substr(0, good.size() - 4);
  expect_refused("damaged");
  std::ofstream(file.path()) << "# nothing\n";
  expect_refused("holds no key");
}

TEST(KeyFile, SaysWhenItCannotBeWritten) {
  const TemporaryDirectory directory;
  const KeyFile file(directory.path() / "missing" / "mih.key");
  const auto written = file.write({SecretKey::random()});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().detail.find("cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace mih::store
