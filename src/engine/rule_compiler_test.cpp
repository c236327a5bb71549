#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/catalog.hpp"

namespace mih::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

core::Rule good_rule() {
  core::Rule rule;
  rule.id = {1};
  rule.name = "new users";
  rule.eventname = "core\\event\\user_created";
  rule.service = {1};
  rule.service_name = "crm";
  rule.endpoint = "/contacts/{{objectid}}";
  rule.payload_template = R"({"id": {{userid}}})";
  rule.headers = {{"X-Course", "{{courseid}}"}};
  rule.ordering_key = "{{userid}}";
  return rule;
}

Error refused(const core::Rule& rule) {
  auto compiled = compile_rule(rule);
  EXPECT_FALSE(compiled);
  return compiled ? Error{} : compiled.error();
}

std::vector<std::string> fields_of(const Error& error) {
  std::vector<std::string> names;
  names.reserve(error.fields.size());
  for (const auto& field : error.fields)
    names.push_back(field.field);
  return names;
}

TEST(CompileRule, KeepsTheRuleWithANormalPattern) {
  const auto compiled = compile_rule(good_rule());
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->rule.eventname, "\\core\\event\\user_created");
  EXPECT_EQ(compiled->headers.size(), 1U);
  EXPECT_NE(compiled->payload, nullptr);
  EXPECT_NE(compiled->ordering_key, nullptr);
}

TEST(CompileRule, NothingOptionalIsNeeded) {
  core::Rule rule;
  rule.eventname = "*";
  const auto compiled = compile_rule(rule);
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->payload, nullptr);
  EXPECT_EQ(compiled->ordering_key, nullptr);
}

TEST(CompileRule, ReportsAllFaultsAtOnce) {
  core::Rule rule = good_rule();
  rule.eventname = "user_created";
  rule.payload_template = "{\"a\": {{usrid}}}";
  rule.endpoint = "/a/{{}}";
  rule.ordering_key = "{{nope}}";
  rule.headers = {{"X-A", "{{userid"}, {"bad name", "x"}};
  const Error error = refused(rule);
  EXPECT_EQ(error.code, ErrorCode::kValidationFailed);
  EXPECT_THAT(fields_of(error), ElementsAre("eventname", "payload_template", "endpoint",
                                            "ordering_key", "headers.X-A", "headers.bad name"));
  EXPECT_THAT(error.detail, HasSubstr("eventname"));
  EXPECT_EQ(error.fields[1].column, 9);
}

TEST(CompileRule, ABadTemplateAloneIsATemplateError) {
  core::Rule rule = good_rule();
  rule.payload_template = "{\"a\": {{userid}}0}";
  const Error error = refused(rule);
  EXPECT_EQ(error.code, ErrorCode::kTemplateInvalid);
  EXPECT_THAT(error.detail, HasSubstr("^"));
}

TEST(CompileRule, AFilterIsCompiledAndItsFaultsAreNamed) {
  core::Rule rule = good_rule();
  rule.filter.text = R"({"courseid":5})";
  EXPECT_NE(compile_rule(rule)->filter, nullptr);
  rule.filter.text = R"({"courseid":{"$near":5}})";
  const Error error = refused(rule);
  EXPECT_EQ(error.code, ErrorCode::kFilterInvalid);
  EXPECT_THAT(fields_of(error), ElementsAre("filter"));
  EXPECT_THAT(error.detail, HasSubstr("courseid.$near"));
  rule.eventname = "";
  EXPECT_EQ(refused(rule).code, ErrorCode::kValidationFailed);
}

TEST(CompileRule, ADedupeKeyIsATemplate) {
  core::Rule rule = good_rule();
  rule.dedupe_window = std::chrono::seconds{60};
  EXPECT_EQ(compile_rule(rule)->dedupe_key, nullptr);
  rule.dedupe_key = "{{userid}}";
  EXPECT_NE(compile_rule(rule)->dedupe_key, nullptr);
  rule.dedupe_key = "{{userid";
  EXPECT_THAT(fields_of(refused(rule)), ElementsAre("dedupe_key"));
}

TEST(CompileRule, HeadersAreLimitedAndCannotChangeTheFraming) {
  core::Rule rule = good_rule();
  rule.headers.clear();
  for (int i = 0; i < 100; ++i)
    rule.headers.emplace_back("X-" + std::to_string(i), "1");
  EXPECT_TRUE(compile_rule(rule));
  rule.headers.emplace_back("X-100", "1");
  EXPECT_THAT(fields_of(refused(rule)), ElementsAre("headers"));
  rule.headers = {{"Content-Length", "0"}, {"transfer-encoding", "chunked"}, {"X-A\r\nB", "1"}};
  EXPECT_EQ(refused(rule).fields.size(), 3U);
  rule.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_EQ(refused(rule).code, ErrorCode::kTemplateInvalid);
}

TEST(CompileRule, TheShapeOfThePayloadFollowsTheContentType) {
  const auto shape = [](core::ContentType type, std::string source) {
    core::Rule rule = good_rule();
    rule.content_type = type;
    rule.payload_template = std::move(source);
    const auto compiled = compile_rule(rule);
    EXPECT_TRUE(compiled);
    return compiled->payload_shape;
  };
  using enum core::ContentType;
  EXPECT_EQ(shape(kForm, R"( {"a":{{userid}}})"), Shape::kJson);
  EXPECT_EQ(shape(kForm, "a={{userid}}"), Shape::kForm);
  EXPECT_EQ(shape(kForm, "{{courseid}}={{userid}}"), Shape::kForm);
  EXPECT_EQ(shape(kForm, ""), Shape::kJson);
  EXPECT_EQ(shape(kXml, "<a>{{userid}}</a>"), Shape::kXml);
  EXPECT_EQ(shape(kText, "user {{userid}}"), Shape::kText);
}

TEST(CompileRule, AGetNeedsAnObjectOrPairs) {
  core::Rule rule = good_rule();
  rule.http_method = core::HttpMethod::kGet;
  EXPECT_TRUE(compile_rule(rule));
  rule.payload_template = "{{other}}";
  EXPECT_TRUE(compile_rule(rule));
  rule.payload_template = "[{{userid}}]";
  EXPECT_THAT(fields_of(refused(rule)), ElementsAre("payload_template"));
  rule.payload_template = "<a/>";
  rule.content_type = core::ContentType::kXml;
  EXPECT_THAT(fields_of(refused(rule)), ElementsAre("content_type"));
}

}  // namespace
}  // namespace mih::engine
