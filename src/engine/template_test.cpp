#include <gmock/gmock.h>

#include "engine/testing/template_fixture.hpp"

namespace mih::engine {
namespace {

using ::testing::HasSubstr;

TEST_F(TemplateTest, OutsideQuotesAPlaceholderIsTheWholeValue) {
  EXPECT_EQ(render(R"({"id": {{userid}}})"), R"({"id": 5})");
  EXPECT_EQ(render("{{objectid}}"), "null");
  EXPECT_EQ(render("[{{courseid}}, {{ relateduserid }}]"), R"(["x", true])");
  EXPECT_EQ(render("{{other.grade}}"), "129.950");
  EXPECT_EQ(render("{{other.nested}}"), R"({"a" : [1, "b\n"] })");
  EXPECT_EQ(render("{{other.huge}}"), "1e400");
  EXPECT_EQ(render("{{event}}"), kEvent);
  EXPECT_EQ(render("{{eventname}}"), R"("\\core\\event\\user_created")");
}

TEST_F(TemplateTest, InsideQuotesItIsEscapedText) {
  EXPECT_EQ(render(R"("user {{userid}}!")"), R"("user 5!")");
  EXPECT_EQ(render(R"("<{{objectid}}{{other.empty}}>")"), R"("<>")");
  EXPECT_EQ(render(R"("{{other.items.0.name}}")"), R"("A \"q\" \u00e9")");
  EXPECT_EQ(render(R"("{{other.nested}}")"), R"("{\"a\":[1,\"b\\n\"]}")");
  EXPECT_EQ(render(R"("{{relateduserid}} {{other.grade}} {{other.lone}}")"),
            R"("true 129.950 \ud800")");
  EXPECT_EQ(render(R"({"{{courseid}}-{{userid}}": 1})"), R"({"x-5": 1})");
}

TEST_F(TemplateTest, PathsThatLeadNowhereAreNull) {
  for (const std::string_view path :
       {"other.missing", "other.items.2", "other.items.name", "userid.x", "other.grade.0",
        "objectid.x", "event.unknown", "other.items.00", "other.items.99999999999999999999"}) {
    EXPECT_EQ(render("{{" + std::string{path} + "}}"), "null") << path;
  }
  EXPECT_EQ(render("{{other.items.1}}"), "7");
  EXPECT_EQ(render("{{other.0}}"), "\"zero\"");
  EXPECT_EQ(render("{{event.custom-field}}"), "\"z\"");
  EXPECT_EQ(render("{{event.other.items.1}}"), "7");
}

TEST_F(TemplateTest, TheHubsOwnRoots) {
  EXPECT_EQ(render("{{site}}"),
            R"({"id":"default","name":"My \"site\"","url":"https://moodle.example"})");
  EXPECT_EQ(render(R"(["{{site.name}}",{{rule.id}},{{rule.name}},{{service.name}}])"),
            R"(["My \"site\"",7,"new users","crm"])");
  EXPECT_EQ(render(R"([{{delivery}},{{delivery.attempt}},"{{delivery.id}}",{{now}}])"),
            R"([{"id":"d_abc","attempt":2},2,"d_abc",1700000000])");
  EXPECT_EQ(render(R"("{{rule}}{{service}}")"),
            R"("{\"id\":7,\"name\":\"new users\"}{\"name\":\"crm\"}")");
  scope_.site_name = {};
  EXPECT_EQ(render("[{{site.name}},\"{{site.name}}\"]"), "[null,\"\"]");
}

TEST_F(TemplateTest, TextOfAnEventIsNeverReadAsAPlaceholder) {
  EXPECT_EQ(render("{{other.text}}"), R"("{{userid}}")");
  EXPECT_EQ(render(R"("{{other.text}}")"), R"("{{userid}}")");
}

TEST_F(TemplateTest, BytesOutsidePlaceholdersAreSentAsWritten) {
  EXPECT_EQ(render(" {\n\t\"é\" : [ 1.50 , {{userid}} ] }\n"), " {\n\t\"é\" : [ 1.50 , 5 ] }\n");
  EXPECT_EQ(render(R"({"a":{"b":{{userid}}}})"), R"({"a":{"b":5}})");
  EXPECT_EQ(render(R"({"a":{"b":{}}})"), R"({"a":{"b":{}}})");
}

TEST_F(TemplateTest, FaultsHaveAPlaceAndAnExcerpt) {
  const Error error = refused("{\n  \"é\": {{timecreated}}000\n}");
  EXPECT_EQ(error.code, ErrorCode::kTemplateInvalid);
  ASSERT_EQ(error.fields.size(), 1U);
  EXPECT_EQ(error.fields[0].field, "payload_template");
  EXPECT_EQ(error.fields[0].line, 2);
  EXPECT_EQ(error.fields[0].column, 23);
  EXPECT_THAT(error.fields[0].message, HasSubstr("glued"));
  EXPECT_THAT(error.detail, HasSubstr("\n  \"é\": {{timecreated}}000\n                      ^"));
}

TEST_F(TemplateTest, ExcerptsOfLongLinesAreCut) {
  const Error error = refused("[\"" + std::string(500, 'a') + "\" x" + std::string(500, 'b') + "]");
  EXPECT_LT(error.detail.size(), 400U);
  EXPECT_THAT(error.detail, HasSubstr("..."));
  EXPECT_EQ(error.fields[0].column, 505);
}

TEST_F(TemplateTest, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_THAT(refused("{{usrid}}").detail, HasSubstr("did you mean 'userid'?"));
  EXPECT_THAT(refused("{{ObjectID}}").detail, HasSubstr("did you mean 'objectid'?"));
  EXPECT_THAT(refused("{{zzzzzzzz}}").detail, HasSubstr("Known names: action, anonymous"));
  EXPECT_THAT(refused("{{course.fulname}}").detail, HasSubstr("course.fullname"));
  EXPECT_THAT(refused("{{realuser.email.x}}").detail, HasSubstr("has no fields"));
  EXPECT_THAT(refused("{{site.nam}}").detail, HasSubstr("site.name"));
  EXPECT_THAT(refused("{{now.x}}").detail, HasSubstr("has no fields"));
  EXPECT_THAT(refused("{{rule.name.x}}").detail, HasSubstr("has no fields"));
}

TEST_F(TemplateTest, PeopleAndCoursesAreWhatTheSiteSaidOfThem) {
  json::Document user;
  ASSERT_TRUE(user.parse(R"({"id":5,"email":"a\u00e9@x","idnumber":"007","lang":null})"));
  scope_.enriched[static_cast<std::size_t>(Enriched::kUser)] = user.root();
  EXPECT_EQ(render(R"([{{user.id}},{{user.email}},"{{user.idnumber}}",{{user.lang}}])"),
            R"([5,"a\u00e9@x","007",null])");
  EXPECT_EQ(render("{{user}}"), R"({"id":5,"email":"a\u00e9@x","idnumber":"007","lang":null})");
  EXPECT_EQ(render(R"([{{user.username}},{{course.id}},{{course}},"{{relateduser}}"])"),
            R"([null,null,null,""])");
  EXPECT_EQ(render("{{user.email | upper | default(\"-\")}}"), R"("AÉ@X")");
  EXPECT_EQ(render("{{#if course}}1{{else}}2{{/if}}"), "2");
}

TEST_F(TemplateTest, ATemplateSaysWhomItNeeds) {
  const auto needs = [](std::string_view source) {
    return Template::compile(source, Shape::kText, "x").value().needs().to_string();
  };
  EXPECT_EQ(needs("{{userid}} {{event.user}}"), "0000");
  EXPECT_EQ(needs("{{user.email}}"), "0001");
  EXPECT_EQ(needs("{{#if relateduser}}{{#each other}}{{course.id}}{{/each}}{{/if}}"), "1010");
  EXPECT_EQ(needs("{{userid | default(\"x\")}}{{realuser}}"), "0100");
}

TEST_F(TemplateTest, AllPlaceholderFaultsAreReportedAtOnce) {
  const Error error = refused("[{{usrid}},\n {{}}, {{other..x}}, {{userid}}]");
  ASSERT_EQ(error.fields.size(), 3U);
  EXPECT_EQ(error.fields[0].column, 4);
  EXPECT_EQ(error.fields[1].line, 2);
  EXPECT_EQ(error.fields[2].line, 2);
}

TEST_F(TemplateTest, BadPlaceholdersAreRefused) {
  for (const std::string_view bad :
       {"{{}}", "{{ }}", "{{userid", "{{other.}}", "{{.other}}", "{{other..x}}", "{{{userid}}}",
        "{{user id}}", "{{other[0]}}", "{{other.x + 1}}", "{{\"x\"}}", "{{userid\n.x}}", "{{>x}}",
        "{{!x}}", "{{@index}}"}) {
    refused(bad);
    refused(bad, Shape::kText);
    refused(bad, Shape::kUrl);
  }
  refused("\"\xFF\"");
  refused("\"\xC3{{userid}}\xA9\"");
}

TEST_F(TemplateTest, WhatCannotBeJsonForEveryEventIsRefused) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "{{userid}}000",
                                     "1{{userid}}",
                                     "{{userid}}{{userid}}",
                                     "{{userid}} {{userid}}",
                                     "{ {{userid}}: 1}",
                                     R"({"a":{{userid}},})",
                                     R"({"a" {{userid}}})",
                                     R"("{{userid}})",
                                     R"("a\{{userid}}")",
                                     R"("\u00{{userid}}")",
                                     "[{{userid}} {{objectid}}]",
                                     R"({"a":1,"a":{{userid}}})",
                                     "{\"a\":\"line\nbreak\"}",
                                     "-{{userid}}",
                                     "{{userid}}.5",
                                     R"("a"{{userid}})",
                                     "user {{userid}}"}) {
    EXPECT_EQ(refused(bad).code, ErrorCode::kTemplateInvalid);
  }
}

TEST_F(TemplateTest, UrlPlaceholdersAreEncodedInPathAndQuery) {
  EXPECT_EQ(render("/users/{{userid}}", Shape::kUrl), "/users/5");
  EXPECT_EQ(render("/x/{{other.path}}?q={{other.path}}&r={{objectid}}", Shape::kUrl),
            "/x/a%2F..%2Fb%3Fc%23d?q=a%2F..%2Fb%3Fc%23d&r=");
  EXPECT_EQ(render("/n ñ/{{eventname}}", Shape::kUrl),
            "/n%20%C3%B1/%5Ccore%5Cevent%5Cuser_created");
  EXPECT_EQ(render("/c/{{other.crlf}}", Shape::kUrl), "/c/x%0D%0Ay");
}

TEST_F(TemplateTest, APathMustNotLeadElsewhere) {
  for (const std::string_view path :
       {"/contacts/{{objectid}}", "/contacts/{{other.empty}}", "/contacts/{{other.dot}}",
        "/contacts/{{other.dot}}{{other.dot}}", "/contacts/.{{other.dot}}/x",
        "/contacts/%2e{{other.dot}}", "{{other.missing}}", "/a{{objectid}}b"}) {
    EXPECT_THAT(render(path, Shape::kUrl), HasSubstr("<error> payload_template: ")) << path;
  }
  EXPECT_EQ(render("/contacts/{{other.dot}}a?x={{other.dot}}&y={{objectid}}#{{other.empty}}",
                   Shape::kUrl),
            "<error> payload_template: {{other.dot}} in the path is '.' for this event");
  EXPECT_EQ(render("/v1.{{userid}}/a..b?x={{other.dot}}/..", Shape::kUrl), "/v1.5/a..b?x=./..");
  refused("/a/../b", Shape::kUrl);
  refused("/a/%2E%2e?x=1", Shape::kUrl);
  EXPECT_EQ(render("/%2{{courseid}}", Shape::kUrl), "/%252x") << "no escape can be completed";
}

TEST_F(TemplateTest, HeadersHoldOneLine) {
  EXPECT_EQ(render("user {{userid}} {{other.crlf}}", Shape::kHeader), "user 5 xy");
  refused("a\r\nX-Evil: 1", Shape::kHeader);
  refused("a\n{{userid}}", Shape::kHeader);
}

TEST_F(TemplateTest, TextFormAndXml) {
  EXPECT_EQ(render("{{userid}}|{{objectid}}|{{other.items.0.name}}|{{other.nested}}|{{other.lone}}",
                   Shape::kText),
            "5||A \"q\" é|{\"a\":[1,\"b\\n\"]}|\xEF\xBF\xBD");
  EXPECT_EQ(render("a={{other.path}}&b={{rule.name}}", Shape::kForm),
            "a=a%2F..%2Fb%3Fc%23d&b=new+users");
  EXPECT_EQ(render("<u n=\"{{other.items.0.name}}\">{{site.name}}</u>", Shape::kXml),
            "<u n=\"A &quot;q&quot; é\">My &quot;site&quot;</u>");
  EXPECT_EQ(render("", Shape::kText), "");
}

TEST_F(TemplateTest, SizeIsLimited) {
  const std::string big = "{\"other\":\"" + std::string(1 << 20, 'a') + "\"}";
  json::Document document;
  ASSERT_TRUE(document.parse(big));
  const json::Value root = document.root();
  scope_.event = &root;
  EXPECT_THAT(render("[{{other}},{{other}},{{other}},{{other}}]"), HasSubstr("over 4 MiB"));
  EXPECT_EQ(render("[{{other}},{{other}},{{other}}]").size(), 3 * ((1 << 20) + 2) + 4U);
}

TEST_F(TemplateTest, RenderingAppends) {
  auto made = Template::compile("{{userid}}", Shape::kJson, "f");
  ASSERT_TRUE(made);
  std::string out = "a";
  ASSERT_TRUE(made->render(scope_, out));
  ASSERT_TRUE(made->render(scope_, out));
  EXPECT_EQ(out, "a55");
  EXPECT_FALSE(made->empty());
  EXPECT_TRUE(Template::compile("", Shape::kText, "f")->empty());
}

}  // namespace
}  // namespace mih::engine
