#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engine/testing/template_fixture.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

class BlocksTest : public TemplateTest {
 protected:
  /// Renders for another event.
  std::string render_for(std::string_view event, std::string_view source) {
    json::Document document;
    EXPECT_TRUE(document.parse(event)) << event;
    const auto root = document.root();
    scope_.event = &root;
    scope_.work = 0;
    auto out = render(source);
    scope_.event = &*event_;
    return out;
  }
};

constexpr std::string_view kList =
    R"([{{#each other.items}}"{{this.n}}"{{#unless @last}},{{/unless}}{{/each}}])";
constexpr std::string_view kOptional = R"({"a":1{{#if courseid}},"b":{{courseid}}{{/if}}})";

TEST_F(BlocksTest, AListOfItemsWithSeparators) {
  EXPECT_EQ(render_for(R"({"other":{"items":[{"n":1},{"n":"x"},{}]}})", kList), R"(["1","x",""])");
  EXPECT_EQ(render_for(R"({"other":{"items":[{"n":1}]}})", kList), R"(["1"])");
  for (const auto* none : {R"({"other":{"items":[]}})", R"({"other":{"items":"abc"}})",
                           R"({"other":{"items":null}})", R"({"other":5})", "{}"}) {
    EXPECT_EQ(render_for(none, kList), "[]") << none;
  }
}

TEST_F(BlocksTest, AnOptionalMember) {
  EXPECT_EQ(render_for(R"({"courseid":7})", kOptional), R"({"a":1,"b":7})");
  for (const auto* no : {"{}", R"({"courseid":null})", R"({"courseid":false})", R"({"courseid":0})",
                         R"({"courseid":-0.0})", R"({"courseid":""})", R"({"courseid":"0"})",
                         R"({"courseid":[]})", R"({"courseid":{}})"}) {
    EXPECT_EQ(render_for(no, kOptional), R"({"a":1})") << no;
  }
  for (const auto* yes : {R"({"courseid":"00"})", R"({"courseid":[0]})", R"({"courseid":true})",
                          R"({"courseid":" "})", R"({"courseid":1e-400})"}) {
    EXPECT_THAT(render_for(yes, kOptional), HasSubstr(R"("b":)")) << yes;
  }
}

TEST_F(BlocksTest, ElseAndUnless) {
  EXPECT_EQ(render(R"({"x": {{#if userid}}"yes"{{else}}"no"{{/if}}})"), R"({"x": "yes"})");
  EXPECT_EQ(render(R"({"x": {{#unless userid}}"yes"{{else}}"no"{{/unless}}})"), R"({"x": "no"})");
  EXPECT_EQ(render(R"("{{#if objectid}}a{{/if}}{{#unless objectid}}b{{/unless}}")"), R"("b")");
}

TEST_F(BlocksTest, ObjectsHaveKeysAndItemsPositions) {
  constexpr std::string_view kObject =
      R"({ {{#each other}}"{{@key}}": [{{@index}}, {{this}}, {{@first}}, {{@last}}])"
      R"({{#unless @last}}, {{/unless}}{{/each}} })";
  EXPECT_EQ(render_for(R"({"other":{"a":1,"b\"":"x"}})", kObject),
            R"({ "a": [0, 1, true, false], "b\"": [1, "x", false, true] })");
  EXPECT_EQ(render_for(R"({"other":{}})", kObject), "{  }");
}

TEST_F(BlocksTest, ThisIsTheInnerOneAndOtherNamesComeFromTheRoot) {
  constexpr std::string_view kNested =
      R"([{{#each other.rows}}[{{#each this.cells}}[{{this}},{{userid}}])"
      R"({{#unless @last}},{{/unless}}{{/each}}]{{#unless @last}},{{/unless}}{{/each}}])";
  EXPECT_EQ(
      render_for(R"({"userid":9,"other":{"rows":[{"cells":[1,2]},{"cells":[]},{}]}})", kNested),
      "[[[1,9],[2,9]],[],[]]");
}

TEST_F(BlocksTest, TheyWorkInEveryShape) {
  EXPECT_EQ(render("{{#each other.items}}{{this.name}}{{#unless @last}};{{/unless}}{{/each}}",
                   Shape::kText),
            "A \"q\" \u00e9;");
  EXPECT_EQ(render("/u/{{#if userid}}{{userid}}{{else}}none{{/if}}?x={{courseid}}", Shape::kUrl),
            "/u/5?x=x");
  EXPECT_THAT(render("/u/{{#if userid}}../{{/if}}x", Shape::kUrl), HasSubstr("'.' or '..'"));
}

TEST_F(BlocksTest, WhatIsNotJsonOnEveryWayIsRefusedWithTheWay) {
  const std::pair<std::string_view, int> bad[]{
      {R"({ {{#if userid}}"a":1{{/if}}{{#if courseid}},"b":2{{/if}} })", 0},
      {R"([{{#each other.x}}{{this}},{{/each}}])", 37},
      {R"({"a":{{#if userid}}1{{/if}}})", 28},
      {R"([{{#each other.x}}{{this}}{{/each}}])", 0},
      {R"({"a":1{{#if userid}},"a":2{{/if}}})", 0},
      {R"({ {{#each other.x}}"a":1{{#unless @last}},{{/unless}}{{/each}} })", 0},
      {R"({"a":{{#if userid}}[{{else}}{}{{/if}}})", 0},
      {R"([{{#each other.x}}[{{/each}}])", 0},
      {R"(["{{#if userid}}",{{/if}}{{courseid}}"])", 0}};
  for (const auto& [source, column] : bad) {
    const Error error = refused(source);
    EXPECT_EQ(error.code, ErrorCode::kTemplateInvalid);
    ASSERT_EQ(error.fields.size(), 1U) << source;
    EXPECT_EQ(error.fields[0].line, 1);
    if (column > 0) EXPECT_EQ(error.fields[0].column, column) << source << error.detail;
  }
  EXPECT_THAT(refused(bad[2].first).detail, HasSubstr("(when {{#if userid}} does not hold)"));
  EXPECT_THAT(refused(bad[1].first).detail, HasSubstr("{{#each other.x}} has"));
}

TEST_F(BlocksTest, BlocksThatDoNotFitAreRefused) {
  for (const std::string_view bad :
       {"{{#if userid}}1", "1{{/if}}", "{{#if userid}}1{{/unless}}", "{{#if}}1{{/if}}",
        "{{#with other}}1{{/with}}", "1{{else}}", "{{#each other.x}}1{{else}}2{{/each}}",
        "{{#if userid}}1{{else}}2{{else}}3{{/if}}", "[{{@index}}]", "[{{this}}]",
        "{{#each other.x}}{{@middle}}{{/each}}", "{{#each other.x}}{{@index.y}}{{/each}}",
        "{{#if usrid}}1{{/if}}", "{{^if userid}}1{{/if}}"}) {
    refused(bad);
  }
  EXPECT_THAT(refused("{{#if userid}}1").detail, HasSubstr("{{/if}} is missing"));
  EXPECT_THAT(refused("[{{this}}]").detail, HasSubstr("inside {{#each}} only"));
}

TEST_F(BlocksTest, ARepeatedBodyIsProvenForAnyNumberOfItems) {
  // Each turn turns the state: with two items it would not be JSON.
  refused(R"([1{{#each other.x}},{{#if @first}}2,{{/if}}{{/each}}3])");
  EXPECT_EQ(render(R"([1{{#each other.items}},2{{/each}},3])"), "[1,2,2,3]");
  EXPECT_EQ(render(R"("{{#each other.items}}{{@index}}{{/each}}")"), R"("01")");
}

TEST_F(BlocksTest, HaveLimits) {
  std::string loops = "1";
  for (int i = 0; i < 5; ++i)
    loops = "[{{#each other.items}}" + loops + "{{#unless @last}},{{/unless}}{{/each}}]";
  EXPECT_THAT(refused(loops).detail, HasSubstr("nested too deeply"));
  std::string names = "{\"";
  for (int i = 0; i < 40; ++i)
    names += "{{#if userid}}" + std::to_string(i) + "{{/if}}";
  EXPECT_THAT(refused(names + "\":1}").detail, HasSubstr("too many different ways"));

  std::string many = R"({"other":{"x":[0)";
  for (int i = 0; i < 1000; ++i)
    many += ",0";
  many += "]}}";
  EXPECT_THAT(render_for(many, R"("{{#each other.x}}{{#each other.x}}{{#each other.x}})"
                               R"({{/each}}{{/each}}{{/each}}")"),
              HasSubstr("too many steps"));
}

TEST_F(BlocksTest, FiltersDoNotMakeTextsWithoutEnd) {
  const auto event = fmt::format(R"({{"other":{{"x":"{}","q":"{}","l":[1{}]}}}})",
                                 std::string(100'000, 'a'), std::string(2000, '/'), [] {
                                   std::string more;
                                   for (int i = 0; i < 20'000; ++i)
                                     more += ",1";
                                   return more;
                                 }());
  const std::string argument(100'000, 'b');
  std::string chain = "{{other.q";
  for (int i = 0; i < 19; ++i)
    chain += R"( | replace("/", "//"))";
  for (const auto& source :
       {fmt::format(R"({{{{other.x | replace("a", "{}")}}}})", argument),
        fmt::format(R"({{{{other.l | join("{}")}}}})", argument), chain + "}}"}) {
    EXPECT_THAT(render_for(event, source), HasSubstr("over 4 MiB")) << source.substr(0, 80);
  }
}

TEST_F(BlocksTest, LookingForSomethingInLargeObjectsEnds) {
  std::string list = R"({"other":{"list":[0)";
  std::string object = R"("object":{"k":0)";
  for (int i = 0; i < 20'000; ++i) {
    list += ",0";
    object += ",\"k" + std::to_string(i) + "\":0";
  }
  const auto event = list + "]," + object + "}}}";
  for (const auto* inside : {"{{other.object.zzz}}", "{{other.list.19999}}",
                             "{{#if other.object.zzz}}1{{/if}}", "{{other.list|json|truncate(1)}}",
                             "{{timecreated|date(\"%Y\")}}{{userid|default(1)|default(2)}}"}) {
    const auto loop = fmt::format("\"{{{{#each other.list}}}}{}{{{{/each}}}}\"", inside);
    EXPECT_THAT(render_for(event, loop), HasSubstr("too many steps")) << inside;
  }
  EXPECT_THAT(render_for(event, R"([0{{#each other.list}},{{this}}{{/each}}])"),
              testing::StartsWith("[0,0,0"));
}

}  // namespace
}  // namespace mih::engine
