#include "base/decimal.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace mih {
namespace {

Decimal decimal(std::string_view text) {
  const auto made = Decimal::parse(text);
  EXPECT_TRUE(made) << text;
  return made.value_or(Decimal{});
}

TEST(Decimal, TakesWhatJsonCallsANumber) {
  for (const auto* good : {"0", "-0", "5", "-5.25", "1e400", "1E+2", "0.001", "10.50e-3"})
    EXPECT_TRUE(Decimal::parse(good)) << good;
  for (const auto* bad : {"", "-", "007", "+5", "5.", ".5", "1e", "1e+", " 5", "5 ", "0x5", "5,0"})
    EXPECT_FALSE(Decimal::parse(bad)) << bad;
}

TEST(Decimal, EqualNumbersAreEqualHoweverTheyAreSpelled) {
  const std::vector<std::vector<std::string_view>> same{
      {"5", "5.0", "50e-1", "0.5e1", "0.05e2", "5e0"},
      {"0", "-0", "0.0", "0e99", "-0.000"},
      {"-1200", "-12e2", "-1.2e3", "-1200.00"},
      {"1e400", "10e399", "1.000e400"}};
  for (const auto& group : same) {
    for (const auto a : group) {
      for (const auto b : group) {
        EXPECT_EQ(decimal(a), decimal(b)) << a << ' ' << b;
        EXPECT_EQ(decimal(a).canonical(), decimal(b).canonical()) << a << ' ' << b;
      }
    }
  }
}

TEST(Decimal, LosesItsFraction) {
  const std::vector<std::pair<std::string_view, std::string>> cases{
      {"5", "5"},    {"129.95", "129"}, {"-129.95", "-129"}, {"0.9", "0"},
      {"-0.9", "0"}, {"1.25e1", "12"},  {"12e2", "1200"},    {"1e-400", "0"},
      {"0", "0"},    {"99e-2", "0"},    {"100.0", "100"}};
  for (const auto& [text, whole] : cases)
    EXPECT_EQ(decimal(text).truncated(), whole) << text;
  EXPECT_EQ(decimal("1e400").truncated(), std::nullopt);
}

TEST(Decimal, OrdersWithoutRounding) {
  const std::vector<std::string_view> ascending{"-1e400",
                                                "-100",
                                                "-10.5",
                                                "-10",
                                                "-0.001",
                                                "-1e-400",
                                                "0",
                                                "1e-400",
                                                "0.001",
                                                "0.0010001",
                                                "0.1",
                                                "9",
                                                "9.99999999999999999999",
                                                "10",
                                                "9007199254740992",
                                                "9007199254740993",
                                                "1e399",
                                                "1e400",
                                                "1e9999999999999999999"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(decimal(ascending[i]) <=> decimal(ascending[j]), i <=> j)
          << ascending[i] << ' ' << ascending[j];
      EXPECT_EQ(decimal(ascending[i]).canonical() == decimal(ascending[j]).canonical(), i == j);
    }
  }
}

}  // namespace
}  // namespace mih
