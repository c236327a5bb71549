#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace mih {
namespace {

TEST(Base64, HasTheFormsOfRfc4648) {
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(to_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, ReadsBackWhatItWrote) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes.push_back(static_cast<char>(i));
  }
}

TEST(Base64, TakesNothingElse) {
  for (const auto* text : {"A", "Zm9vYg==", "Zm9v Yg", "-/8", "AB", "AAB", "Zm9vY\n"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mih
