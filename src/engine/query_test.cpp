#include "engine/query.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

std::string pairs(std::string_view text, PairStyle style = PairStyle::kQuery) {
  json::Document document;
  EXPECT_TRUE(document.parse(text)) << text;
  std::string out = "?";
  append_pairs(out, document.root(), style);
  return out;
}

TEST(Pairs, WriteScalars) {
  EXPECT_EQ(pairs(R"({"a":1,"b":"x y","c":true,"d":false,"e":129.950,"f":null,"g":""})"),
            "?a=1&b=x%20y&c=1&d=0&e=129.950&g=");
  EXPECT_EQ(pairs("{}"), "?");
}

TEST(Pairs, NestWithBrackets) {
  EXPECT_EQ(pairs(R"({"a":{"b":["c",null,{"d":5}]},"e":[],"f":{}})"),
            "?a%5Bb%5D%5B0%5D=c&a%5Bb%5D%5B2%5D%5Bd%5D=5");
}

TEST(Pairs, EncodeNamesAndValues) {
  EXPECT_EQ(pairs(R"({"a&b":"c=d&e","ñ":"\u00f1\ud800"})"),
            "?a%26b=c%3Dd%26e&%C3%B1=%C3%B1%EF%BF%BD");
  EXPECT_EQ(pairs(R"({"a b":"c d+e"})", PairStyle::kForm), "?a+b=c+d%2Be");
}

}  // namespace
}  // namespace mih::engine
