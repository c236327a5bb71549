#include "base/hash.hpp"

#include <gtest/gtest.h>
#include <set>
#include <thread>

namespace mih {
namespace {

// Vectors of FIPS 180-4.
TEST(Hash, HmacOfTheExamplesInRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'),
                               "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Sha256, MatchesTheStandardsVectors) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, DoesNotDependOnTheThread) {
  const Sha256 here = sha256("mih");
  Sha256 there{};
  std::thread{[&] { there = sha256("mih"); }}.join();
  EXPECT_EQ(here, there);
}

TEST(Base32, IsTheAlphabetOfRfc4648InLowerCase) {
  Sha256 digest{};
  EXPECT_EQ(to_base32(digest, 4), "aaaa");
  digest = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_EQ(to_base32(digest, 10), "77777777aa");
  digest = {'f', 'o', 'o', 'b', 'a', 'r'};
  EXPECT_EQ(to_base32(digest, 9), "mzxw6ytbo");
  EXPECT_EQ(to_base32(digest, 26).size(), 26U);
  EXPECT_EQ(to_base32(digest, 100).size(), 52U);
}

TEST(RandomHex, HasTheSizeAndDiffers) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string hex = random_hex(16);
    EXPECT_EQ(hex.size(), 32U);
    EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
    seen.insert(hex);
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(random_hex(0), "");
}

TEST(EqualConstantTime, ComparesTexts) {
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "secret "));
  EXPECT_TRUE(equal_constant_time("", ""));
}

TEST(Hash, ReadsItsOwnHex) {
  const auto digest = sha256("x");
  EXPECT_EQ(sha256_from_hex(to_hex(digest)), digest);
  EXPECT_EQ(sha256_from_hex(std::string(64, 'G')), std::nullopt);
  EXPECT_EQ(sha256_from_hex(std::string(63, 'a')), std::nullopt);
  EXPECT_EQ(sha256_from_hex(std::string(64, 'A')), std::nullopt);
}

}  // namespace
}  // namespace mih
