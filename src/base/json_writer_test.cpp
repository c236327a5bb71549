#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json.hpp"

namespace mih::json {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  Writer out;
  out.begin_object();
  out.member("id", 5);
  out.key("list");
  out.begin_array();
  out.value(true);
  out.begin_object();
  out.end_object();
  out.begin_array();
  out.end_array();
  out.null();
  out.end_array();
  out.member("text", "a\"b");
  out.member("none", std::optional<int>{});
  out.member("some", std::optional<int>{7});
  out.key("raw");
  out.raw("{\"x\":129.95}");
  out.member("last", std::string{"z"});
  out.end_object();
  EXPECT_EQ(out.text(), R"({"id":5,"list":[true,{},[],null],"text":"a\"b","none":null,"some":7,)"
                        R"("raw":{"x":129.95},"last":"z"})");
}

TEST(JsonWriter, WritesNumbers) {
  Writer out;
  out.begin_array();
  out.value(std::numeric_limits<std::int64_t>::min());
  out.value(std::numeric_limits<std::uint64_t>::max());
  out.value(0.1);
  out.value(1e300);
  out.value(std::numeric_limits<double>::infinity());
  out.value(std::numeric_limits<double>::quiet_NaN());
  out.end_array();
  EXPECT_EQ(out.text(), "[-9223372036854775808,18446744073709551615,0.1,1e+300,null,null]");
}

TEST(JsonWriter, DoublesReadBackAsTheSame) {
  std::mt19937_64 random{5};
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    Writer out;
    out.value(number);
    ASSERT_EQ(nlohmann::json::parse(out.text()).get<double>(), number) << out.text();
  }
}

TEST(JsonEscape, EscapesWhatMustBe) {
  EXPECT_EQ(quoted(std::string_view("a\"\\\b\f\n\r\t\x01\x1F\0/\x7F", 13)),
            "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000/\x7F\"");
  EXPECT_EQ(quoted("ñ€😀"), "\"ñ€😀\"");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(JsonEscape, ReplacesInvalidUtf8) {
  EXPECT_EQ(quoted("a\xFF"
                   "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(JsonEscape, AnyBytesBecomeValidJson) {
  std::mt19937_64 random{6};
  for (int i = 0; i < 5000; ++i) {
    std::string bytes;
    for (std::size_t size = random() % 20; bytes.size() < size;) {
      bytes.push_back(static_cast<char>(random() % 3 == 0 ? random() : random() % 128));
    }
    const std::string text = json::quoted(bytes);
    ASSERT_TRUE(nlohmann::json::accept(text)) << text;
    if (is_utf8(bytes)) ASSERT_EQ(nlohmann::json::parse(text).get<std::string>(), bytes);
    Document document;
    ASSERT_TRUE(document.parse(text)) << text;
  }
}

TEST(Utf8, KnowsWellFormedSequences) {
  for (const std::string_view good : {"", "abc", "\xC2\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const std::string_view bad : {"\x80", "\xC1\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xE2\x82", "\xF0\x9F\x98", "\xFF", "a\xC3"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace mih::json
