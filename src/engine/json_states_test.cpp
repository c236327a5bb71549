#include "engine/json_states.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/json.hpp"
#include "support/random_json.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;
using Slot = JsonStates::Slot;

bool accepts(std::string_view text) {
  JsonStates states;
  return states.text(text) && states.finish();
}

JsonStates after(std::string_view text) {
  JsonStates states;
  EXPECT_TRUE(states.text(text)) << text;
  return states;
}

std::string fault_of(std::string_view text) {
  JsonStates states;
  if (auto read = states.text(text); !read) return read.error().message;
  if (auto end = states.finish(); !end) return end.error().message;
  return "";
}

TEST(JsonStates, AcceptsExactlyJsonWithoutDuplicateNames) {
  test::RandomJson random{11, {.beyond_nlohmann = false, .white_space = true, .max_depth = 4}};
  const std::regex beyond_nlohmann{"[0-9][eE]|\\\\u[dD]"};
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random.mutate(random.value());
    // nlohmann refuses lone surrogates and numbers that no double can hold; UTF-8 is checked
    // before.
    if (std::regex_search(text, beyond_nlohmann) || !json::is_utf8(text)) continue;
    const bool valid = nlohmann::json::accept(text);
    const std::string fault = fault_of(text);
    if (fault.find("twice") != std::string::npos) continue;
    if (!valid) ++refused;
    ASSERT_EQ(fault.empty(), valid) << text << ": " << fault;
  }
  EXPECT_GT(refused, 1000);
}

TEST(JsonStates, KnowsWhereAPlaceholderStands) {
  EXPECT_EQ(*after("").placeholder(), Slot::kValue);
  EXPECT_EQ(*after("[").placeholder(), Slot::kValue);
  EXPECT_EQ(*after("[1, ").placeholder(), Slot::kValue);
  EXPECT_EQ(*after(R"({"a":)").placeholder(), Slot::kValue);
  EXPECT_EQ(*after(R"({"a":")").placeholder(), Slot::kText);
  EXPECT_EQ(*after(R"({"a)").placeholder(), Slot::kText);
  EXPECT_EQ(*after(R"("\\)").placeholder(), Slot::kText);
}

TEST(JsonStates, RefusesPlaceholdersThatWouldBreakTheText) {
  for (const std::string_view before :
       {"{", R"({"a":1,)", R"({"a")", R"({"a":1)", "[1", "[1.", "[-", "[tru", R"("a\)", R"("\u00)",
        "1 ", "[1 ", R"(["x")", "{} "}) {
    EXPECT_FALSE(after(before).placeholder()) << before;
  }
}

TEST(JsonStates, TextMustNotBeGluedToAPlaceholder) {
  for (const std::string_view glued : {"000", "x", "\"a\"", ".5", "e3", "{", "["}) {
    JsonStates states = after("[");
    ASSERT_TRUE(states.placeholder());
    const auto read = states.text(glued);
    ASSERT_FALSE(read) << glued;
    EXPECT_THAT(read.error().message, HasSubstr("glued"));
    EXPECT_EQ(read.error().offset, 0U);
  }
  JsonStates states = after("[");
  ASSERT_TRUE(states.placeholder());
  EXPECT_FALSE(states.placeholder());
  EXPECT_TRUE(states.text(" , 1]"));
  EXPECT_TRUE(states.finish());
}

TEST(JsonStates, RefusesDuplicateLiteralNames) {
  EXPECT_THAT(fault_of(R"({"a":1,"a":2})"), HasSubstr("twice"));
  EXPECT_THAT(fault_of(R"({"a":1,"\u0061":2})"), HasSubstr("twice"));
  EXPECT_EQ(fault_of(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})"), "");
  JsonStates states = after(R"({"a)");
  ASSERT_TRUE(states.placeholder());
  EXPECT_TRUE(states.text(R"(":1,"a":2})")) << "only names without placeholders are compared";
  const auto twice = JsonStates{}.text(R"({"abc":1,"abc":2})");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().offset, 9U);
}

TEST(JsonStates, LimitsDepth) {
  EXPECT_TRUE(accepts(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(accepts(std::string(65, '[') + std::string(65, ']')));
}

TEST(JsonStates, EndsOnlyWithACompleteDocument) {
  for (const std::string_view open :
       {"", " ", "{", "[", "[1", R"({"a":1)", "\"a", "-", "1.", "1e", "tru"}) {
    EXPECT_FALSE(accepts(open)) << open;
  }
  for (const std::string_view whole : {"1", "-0", "1.5e-7", "true", "null ", "\"\"", "[]", "{}"}) {
    EXPECT_TRUE(accepts(whole)) << whole;
  }
}

TEST(JsonStates, TextMustBeAcceptableFromEveryState) {
  // What `{"a":1{{#if x}},"b":2{{/if}}` leads to: with and without the second member.
  JsonStates without = after(R"({"a":1)");
  JsonStates with = without;
  ASSERT_TRUE(with.text(R"(,"b":2)"));
  EXPECT_TRUE(with.same_containers(without));
  without.join(with);
  JsonStates closed = without;
  EXPECT_TRUE(closed.text("}"));
  EXPECT_TRUE(closed.finish());
  EXPECT_EQ(closed.size(), 1U);
  EXPECT_FALSE(without.text(R"(,"b":3})")) << "a duplicate on one of the ways";
}

TEST(JsonStates, WaysThatDifferInTheGrammarStayApart) {
  JsonStates first = after("[");
  JsonStates second = after("[1");
  first.join(second);
  EXPECT_EQ(first.size(), 2U);
  EXPECT_FALSE(JsonStates{first}.text(",2]")) << "no element before the comma on one way";
  EXPECT_FALSE(JsonStates{first}.placeholder());
  EXPECT_TRUE(JsonStates{first}.text("]"));
  JsonStates deeper = after("[[");
  EXPECT_FALSE(deeper.same_containers(first));
}

TEST(JsonStates, InsideAndOutsideQuotesAreNotMixed) {
  JsonStates inside = after("[\"");
  inside.join(after("["));
  EXPECT_FALSE(inside.placeholder());
  JsonStates outside = after("[");
  outside.join(after("[\""));
  EXPECT_FALSE(outside.placeholder());
}

}  // namespace
}  // namespace mih::engine
