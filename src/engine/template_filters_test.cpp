#include <gmock/gmock.h>

#include "engine/testing/template_fixture.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

class FiltersTest : public TemplateTest {
 protected:
  std::string with(std::string_view value, std::string_view filters) {
    const std::string event = R"({"other":{"x":)" + std::string{value} + "}}";
    json::Document document;
    EXPECT_TRUE(document.parse(event)) << event;
    const auto root = document.root();
    scope_.event = &root;
    auto out = render("{{other.x " + std::string{filters} + "}}");
    scope_.event = &*event_;
    return out;
  }
};

TEST_F(FiltersTest, GiveWhatTheReferenceSays) {
  const std::tuple<std::string_view, std::string_view, std::string_view> cases[]{
      {"1708258939", "| iso8601", R"("2024-02-18T12:22:19Z")"},
      {R"("1708258939")", "|iso8601", R"("2024-02-18T12:22:19Z")"},
      {"-1", "| iso8601", R"("1969-12-31T23:59:59Z")"},
      {R"("straße")", "| upper", R"("STRASSE")"},
      {R"("ÀÉ")", "| lower", R"("àé")"},
      {"5", "| upper", R"("5")"},
      {R"(" a\t\n")", "| trim", R"("a")"},
      {"null", R"(| default("x"))", R"("x")"},
      {"null", "| default(5)", "5"},
      {"null", "| default(-1.5e3)", "-1.5e3"},
      {"null", "| default(false)", "false"},
      {"0", R"(| default("x"))", "0"},
      {R"("")", R"(| default("x"))", R"("")"},
      {R"("a\"b")", R"(| default("x"))", R"("a\"b")"},
      {"129.95", "| int", "129"},
      {R"("-129.95")", "| int", "-129"},
      {R"("12a")", "| int", "null"},
      {"true", "| int", "null"},
      {"1e400", "| int", "null"},
      {"129.950", "| string", R"("129.950")"},
      {"[1, 2]", "| string", R"("[1,2]")"},
      {R"({"a" : "b"})", "| json", R"("{\"a\":\"b\"}")"},
      {R"("a")", "| json", R"("\"a\"")"},
      {R"("a b&c/é")", "| urlencode", R"("a%20b%26c%2F%C3%A9")"},
      {R"("hello")", "| base64", R"("aGVsbG8=")"},
      {R"("hello")", "| sha256",
       R"("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")"},
      {R"("héllo")", "| truncate(2)", R"("hé")"},
      {R"("héllo")", "| truncate(0)", R"("")"},
      {R"("héllo")", "| truncate(80)", R"("héllo")"},
      {R"("a-b-c")", R"(| replace("-", "+"))", R"("a+b+c")"},
      {R"("aaa")", R"(| replace("aa", "b"))", R"("ba")"},
      {"1708258939", R"(| date("%Y-%m-%d %H:%M %z %Z","Europe/Madrid"))",
       R"("2024-02-18 13:22 +0100 CET")"},
      {"1721000000", R"(| date("%d %B %y, %A %e %b %I:%M:%S %p %j %s %F %T %%"))",
       R"("14 July 24, Sunday 14 Jul 11:33:20 PM 196 1721000000 2024-07-14 23:33:20 %")"},
      {"[1,\"a\",null,[2, 3]]", R"(| join(","))", R"("1,a,,[2,3]")"},
      {"[1,2,3]", "| first", "1"},
      {"[1,2,3]", "| last", "3"},
      {"[1,2,3]", "| count", "3"},
      {R"({"a":1})", "| count", "1"},
      {R"("\\core\\event\\user_created")", "| short", R"("user_created")"},
      {R"("plain")", "| short", R"("plain")"},
      {R"([" Ab "])", R"(| first | trim | lower | replace("b", "}}"))", R"("a}}")"}};
  for (const auto& [value, filters, expected] : cases)
    EXPECT_EQ(with(value, filters), expected) << value << ' ' << filters;
}

TEST_F(FiltersTest, AreTotal) {
  for (const auto* filter :
       {"upper", "lower", "trim", "int", "string", "json", "urlencode", "base64", "sha256",
        "truncate(1)", R"(replace("a","b"))", R"(date("%Y"))", "iso8601", R"(join(","))", "first",
        "last", "count", "short"}) {
    EXPECT_EQ(with("null", std::string{"| "} + filter), "null") << filter;
  }
  for (const auto* filter : {"upper", "int", "base64", "truncate(1)", "iso8601", "short"}) {
    EXPECT_EQ(with(R"({"a":1})", std::string{"| "} + filter), "null") << filter;
  }
  for (const auto* filter : {R"(join(","))", "first", "last", "count"}) {
    EXPECT_EQ(with(R"("text")", std::string{"| "} + filter), "null") << filter;
  }
  EXPECT_EQ(with("[]", "| first"), "null");
  EXPECT_EQ(with("99999999999999999999", "| iso8601"), "null");
  EXPECT_EQ(with("253402300800", "| iso8601"), "null") << "the year 10000";
}

TEST_F(FiltersTest, InsideQuotesNothingIsEmptyText) {
  EXPECT_EQ(render(R"("a{{objectid | upper}}b{{courseid | upper}}")"), R"("abX")");
}

TEST_F(FiltersTest, ASignatureNeedsItsSecret) {
  EXPECT_THAT(render(R"({"s":{{courseid | hmac_sha256("key")}}})"),
              HasSubstr("there is no secret \"key\""));
  scope_.secret = [](const std::string& name) -> std::optional<std::string> {
    if (name == "key") return "key";
    return std::nullopt;
  };
  EXPECT_EQ(render(R"({{other.text | default("x") | replace("{{userid}}", )"
                   R"("The quick brown fox jumps over the lazy dog") | hmac_sha256("key")}})"),
            R"("f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8")");
}

TEST_F(FiltersTest, ASignatureCanBeHidden) {
  scope_.hide_signatures = true;
  EXPECT_THAT(render(R"({"s":{{courseid | hmac_sha256("key")}}})"),
              HasSubstr("there is no secret \"key\""));
  scope_.secret = [](const std::string&) -> std::optional<std::string> { return "key"; };
  EXPECT_EQ(render(R"({"s":{{userid | hmac_sha256("key")}}})"), R"({"s":"<hmac>"})");
  EXPECT_EQ(render(R"({"s":{{objectid | hmac_sha256("key")}}})"), R"({"s":null})");
}

TEST_F(FiltersTest, ConditionsAndEndpointsMayUseThem) {
  EXPECT_EQ(render(R"({{#if other.items | count}}1{{else}}2{{/if}})"), "1");
  EXPECT_EQ(render("/e/{{eventname | short}}", Shape::kUrl), "/e/user_created");
}

TEST_F(FiltersTest, WrongOnesAreRefusedWithTheirPlace) {
  const std::tuple<std::string_view, std::string_view, int> bad[]{
      {"{{userid | uper}}", "did you mean 'upper'?", 12},
      {"{{userid |}}", "the name of a filter is missing", 11},
      {"{{userid | upper lower}}", "'|' is expected", 18},
      {"{{userid | upper(5)}}", "takes nothing in brackets", 12},
      {"{{userid | truncate}}", "truncate(80)", 12},
      {"{{userid | truncate(\"a\")}}", "whole number", 12},
      {"{{userid | truncate(-1)}}", "whole number", 12},
      {"{{userid | default(x)}}", "a text in quotes or a number", 20},
      {"{{userid | default(\"x\"}}", "',' or ')'", 23},
      {"{{userid | replace(\"\",\"b\")}}", "empty text", 12},
      {"{{userid | replace(\"a\")}}", "replace(\"a\", \"b\")", 12},
      {"{{timecreated | date(\"%Q\")}}", "does not know '%Q'", 17},
      {"{{timecreated | date(\"%Y\",\"Mars/Base\")}}", "time zone", 17},
      {"{{ | upper}}", "a field is missing before '|'", 4}};
  for (const auto& [source, message, column] : bad) {
    const Error error = refused(source);
    EXPECT_THAT(error.detail, HasSubstr(message)) << source;
    ASSERT_FALSE(error.fields.empty());
    EXPECT_EQ(error.fields[0].column, column) << source << error.detail;
  }
}

}  // namespace
}  // namespace mih::engine
