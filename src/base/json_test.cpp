#include "base/json.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

#include "support/random_json.hpp"

namespace mih::json {
namespace {

using ::testing::ElementsAre;

bool accepts(std::string_view text) {
  Document document;
  return document.parse(text).has_value();
}

ParseError error_of(std::string_view text, Limits limits = {}) {
  Document document;
  auto parsed = document.parse(text, limits);
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? ParseError{} : parsed.error();
}

/// Our reading of a text in the terms of an independent library.
nlohmann::json to_nlohmann(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return nullptr;
    case Kind::kFalse:
      return false;
    case Kind::kTrue:
      return true;
    case Kind::kNumber:
      return nlohmann::json::parse(value.raw());
    case Kind::kString:
      return value.as_string();
    case Kind::kArray: {
      auto array = nlohmann::json::array();
      value.each_element([&](const Value& element) { array.push_back(to_nlohmann(element)); });
      return array;
    }
    case Kind::kObject: {
      auto object = nlohmann::json::object();
      value.each_member([&](const Value& key, const Value& member) {
        object[key.as_string()] = to_nlohmann(member);
      });
      return object;
    }
  }
  return nullptr;
}

/// nlohmann refuses two things on purpose that we keep as they are spelled: lone surrogates and
/// numbers that no double can hold.
bool text_may_differ(const std::string& text) {
  static const std::regex exponent_or_surrogate{"[0-9][eE]|\\\\u[dD]"};
  return std::regex_search(text, exponent_or_surrogate);
}

TEST(JsonParse, AcceptsTheGrammar) {
  for (const std::string_view text : {"null",        "true",
                                      "false",       "0",
                                      "-0",          "1e400",
                                      "-1.5E+10",    "0.1",
                                      "\"\"",        "\"\\ud800\"",
                                      "\"\\u0000\"", "[]",
                                      "{}",          "[[[]]]",
                                      "{\"\":{}}",   " \t\r\n1 \n",
                                      "[1,2]",       "{\"a\":1,\"a\":2}",
                                      "\"\x7F\"",    "\"\xF4\x8F\xBF\xBF\"",
                                      "\"\\/\""}) {
    EXPECT_TRUE(accepts(text)) << text;
  }
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "nulll",
                                      "True",
                                      "01",
                                      "-",
                                      "-a",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "+1",
                                      "0x10",
                                      "NaN",
                                      "Infinity",
                                      "'a'",
                                      "\"a",
                                      "\"\\",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "\"\\u12\"",
                                      "\"\n\"",
                                      "[",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "]",
                                      "{",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{a:1}",
                                      "{\"a\" 1}",
                                      "{1:1}",
                                      "[}",
                                      "{]",
                                      "1 2",
                                      "[]]",
                                      "// c\n1",
                                      "1/**/",
                                      "\xEF\xBB\xBF[1]",
                                      "\v1",
                                      "\"\xC0\xAF\"",
                                      "\"\xED\xA0\x80\"",
                                      "\"\xF5\x80\x80\x80\"",
                                      "\"\xE2\x82\"",
                                      "\"\x80\"",
                                      "\"\xF0\x80\x80\x80\"",
                                      "\"\xE0\x9F\xBF\"",
                                      "\xC3\xA9"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
  EXPECT_FALSE(accepts(std::string_view("1\0", 2)));
  EXPECT_FALSE(accepts(std::string_view("\"a\0b\"", 5)));
}

TEST(JsonParse, ReadsNothingBeyondTheView) {
  const std::string_view longer = "12345";
  Document document;
  ASSERT_TRUE(document.parse(longer.substr(0, 3)));
  EXPECT_EQ(document.root().raw(), "123");
  EXPECT_FALSE(accepts(std::string_view("true").substr(0, 3)));
  EXPECT_FALSE(accepts(std::string_view("\"abc\"").substr(0, 4)));
}

TEST(JsonParse, ErrorsSayWhere) {
  const ParseError error = error_of("{\"ñ\": 1,\n \"é\" 2}");
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.column, 6);
  EXPECT_EQ(error.offset, 16U);
  EXPECT_EQ(error.message, "':' is expected here");
  EXPECT_FALSE(error.too_deep);
}

TEST(JsonParse, LimitsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(accepts(nested(64)));
  EXPECT_TRUE(error_of(nested(65)).too_deep);
  EXPECT_TRUE(error_of(std::string(1'000'000, '[')).too_deep);
  EXPECT_TRUE(error_of("{\"a\":{}}", Limits{.max_depth = 1}).too_deep);
  EXPECT_TRUE(accepts("[[],[],{\"a\":[]}]"));
  Document deep;
  EXPECT_TRUE(deep.parse(nested(100'000), Limits{.max_depth = 100'000}));
}

TEST(JsonValue, KeepsTheSpelling) {
  Document document;
  ASSERT_TRUE(
      document.parse(R"({"a": 129.95, "b": "A\u00e9\ud800", "c": {  }, "d":1e400,"e":-0})"));
  const Value root = document.root();
  EXPECT_EQ(root.find("a")->raw(), "129.95");
  EXPECT_EQ(root.find("b")->raw(), R"("A\u00e9\ud800")");
  EXPECT_EQ(root.find("b")->raw_string(), R"(A\u00e9\ud800)");
  EXPECT_EQ(root.find("c")->raw(), "{  }");
  EXPECT_EQ(root.find("d")->raw(), "1e400");
  EXPECT_EQ(root.find("e")->raw(), "-0");
}

TEST(JsonValue, DecodesStrings) {
  Document document;
  ASSERT_TRUE(document.parse(
      R"(["\"\\\/\b\f\n\r\t","\u0041\u00e9\u20ac\ud83d\ude00","x\ud800y\udc00","\ud800\u0041",)"
      R"("\ud83d\ud83d\ude00","\ud800"])"));
  std::vector<std::string> texts;
  document.root().each_element([&](const Value& text) { texts.push_back(text.as_string()); });
  EXPECT_THAT(texts, ElementsAre("\"\\/\b\f\n\r\t", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
                                 "x\xEF\xBF\xBDy\xEF\xBF\xBD",
                                 "\xEF\xBF\xBD"
                                 "A",
                                 "\xEF\xBF\xBD\xF0\x9F\x98\x80", "\xEF\xBF\xBD"));
}

TEST(JsonValue, ConvertsNumbers) {
  Document document;
  ASSERT_TRUE(
      document.parse("[5,-7,1.5,1e2,9223372036854775807,9223372036854775808,1e400,-0,\"5\"]"));
  const Value root = document.root();
  EXPECT_EQ(root.at(0)->as_int(), 5);
  EXPECT_EQ(root.at(1)->as_int(), -7);
  EXPECT_EQ(root.at(2)->as_int(), std::nullopt);
  EXPECT_EQ(root.at(3)->as_int(), std::nullopt);
  EXPECT_EQ(root.at(4)->as_int(), INT64_MAX);
  EXPECT_EQ(root.at(5)->as_int(), std::nullopt);
  EXPECT_EQ(root.at(3)->as_double(), 100.0);
  EXPECT_EQ(root.at(6)->as_double(), std::nullopt);
  EXPECT_EQ(root.at(7)->as_int(), 0);
  EXPECT_EQ(root.at(8)->as_int(), std::nullopt);
}

TEST(JsonValue, FindsMembersAndElements) {
  Document document;
  ASSERT_TRUE(document.parse(R"({"a":1,"b":{"a":9},"\u0061":2,"c":[{"x":[]},7]})"));
  const Value root = document.root();
  EXPECT_EQ(root.size(), 4U);
  EXPECT_EQ(root.find("a")->as_int(), 2) << "the last of two members with one name wins";
  EXPECT_EQ(root.find("x"), std::nullopt);
  EXPECT_EQ(root.find("c")->size(), 2U);
  EXPECT_EQ(root.find("c")->at(1)->as_int(), 7);
  EXPECT_FALSE(root.find("c")->at(2));
  EXPECT_FALSE(root.find("c")->find("x"));
  EXPECT_FALSE(root.at(0));
  EXPECT_TRUE(root.find("c")->at(0)->find("x")->empty());
}

TEST(JsonDocument, IsReusable) {
  Document document;
  ASSERT_TRUE(document.parse("[1,2,3]"));
  ASSERT_FALSE(document.parse("[1,2"));
  ASSERT_TRUE(document.parse("{\"a\":true}"));
  EXPECT_TRUE(document.root().find("a")->is_bool());
}

TEST(JsonProperty, GeneratedTextsReadAsAnotherParserReadsThem) {
  test::RandomJson random{1};
  Document document;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random.value();
    ASSERT_TRUE(document.parse(text)) << text;
    ASSERT_EQ(to_nlohmann(document.root()), nlohmann::json::parse(text)) << text;
  }
}

TEST(JsonProperty, DamagedTextsAreAcceptedExactlyWhenAnotherParserDoes) {
  test::RandomJson random{2};
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = random.mutate(random.value());
    if (random.below(2) == 0) text = random.mutate(std::move(text));
    if (text_may_differ(text)) continue;
    const bool expected = nlohmann::json::accept(text);
    ASSERT_EQ(accepts(text), expected) << text;
    refused += expected ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

TEST(JsonProperty, LoneSurrogatesAndHugeNumbersAreAccepted) {
  test::RandomJson random{3, {.beyond_nlohmann = true}};
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random.value();
    ASSERT_TRUE(accepts(text)) << text;
  }
}

TEST(JsonProperty, EveryPrefixIsHandled) {
  test::RandomJson random{4};
  for (int i = 0; i < 200; ++i) {
    const std::string text = random.object();
    for (std::size_t size = 0; size < text.size(); ++size) {
      ASSERT_FALSE(accepts(std::string_view(text).substr(0, size))) << text << " cut at " << size;
    }
  }
}

TEST(JsonCorpus, RecordedEventsReadAsAnotherParserReadsThem) {
  std::ifstream file{MIH_TEST_DATA "/events-sample.ndjson"};
  Document document;
  std::string line;
  int events = 0;
  while (std::getline(file, line)) {
    ASSERT_TRUE(document.parse(line)) << line;
    ASSERT_EQ(to_nlohmann(document.root()), nlohmann::json::parse(line)) << line;
    ++events;
  }
  EXPECT_EQ(events, 722);
}

}  // namespace
}  // namespace mih::json
