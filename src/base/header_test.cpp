#include "base/header.hpp"

#include <gtest/gtest.h>

namespace mih {
namespace {

TEST(HeaderTest, NamesAreTokens) {
  EXPECT_TRUE(is_header_name("X-Course_1"));
  for (const auto* bad : {"", "X Course", "X:Course", "X\r\nCourse", "Über"})
    EXPECT_FALSE(is_header_name(bad)) << bad;
}

TEST(HeaderTest, NamesAreEqualInAnyCase) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equal_ignoring_case("Content-Type", "Content-Typ"));
  EXPECT_FALSE(equal_ignoring_case("a[", "A{"));
}

TEST(HeaderTest, ValuesHaveNoControlCharacters) {
  EXPECT_TRUE(is_header_value(""));
  EXPECT_TRUE(is_header_value("a\tb é"));
  EXPECT_FALSE(is_header_value("a\r\nX: b"));
  EXPECT_FALSE(is_header_value(std::string_view{"a\0b", 3}));
}

TEST(HeaderTest, SomeBelongToTheConnection) {
  EXPECT_TRUE(is_connection_header("content-LENGTH"));
  EXPECT_TRUE(is_connection_header("Transfer-Encoding"));
  EXPECT_FALSE(is_connection_header("Content-Type"));
  EXPECT_FALSE(is_connection_header("Host"));  // of the message, though not for everybody to set
}

}  // namespace
}  // namespace mih
