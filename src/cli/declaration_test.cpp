#include "cli/declaration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mih::cli {
namespace {

using testing::HasSubstr;

const References kReferences{.variable = [](const std::string& name) -> std::optional<std::string> {
                               if (name == "TOKEN") return "s3cret";
                               return std::nullopt;
                             },
                             .file = [](const std::string& path) -> Result<std::string> {
                               if (path == "key.pem") return "PEM";
                               return fail(ErrorCode::kConfigInvalid, path + " cannot be read");
                             }};

std::vector<FieldError> faults(const std::string& text) {
  const auto read = read_declaration(text, kReferences);
  EXPECT_FALSE(read) << text;
  if (read) return {};
  return read.error().fields.empty() ? std::vector<FieldError>{{"", read.error().detail}}
                                     : read.error().fields;
}

TEST(Declaration, GivesWhatTheApiTakes) {
  const auto read = read_declaration(R"(version: 1
services:
  crm:
    base_url: https://crm.example
    timeout: 2.50
    enabled: false
    basic_user: 5
    auth_token: ${env:TOKEN}
    client_key: "${file:key.pem}"
    retry_on: [5xx, 409]
    headers: {X-A: 1}
rules:
  new users:
    eventname: '\core\event\user_created'
    filter: {courseid: [5, "7"], crud: c}
    payload_template: |-
      {"a": {{userid}}}
settings:
  max_log_entries: 10
)",
                                     kReferences);
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->services->size(), 1U);
  EXPECT_EQ(read->services->front().body,
            R"({"name":"crm","base_url":"https://crm.example","timeout":2.50,"enabled":false,)"
            R"("basic_user":"5","auth_token":"s3cret","client_key":"PEM","retry_on":["5xx","409"],)"
            R"("headers":{"X-A":"1"}})");
  EXPECT_EQ(read->services->front().line_of("timeout"), 5);
  EXPECT_EQ(read->services->front().line_of("nothing"), 3);
  EXPECT_EQ(
      read->rules->front().body,
      R"({"name":"new users","eventname":"\\core\\event\\user_created",)"
      R"("filter":{"courseid":[5,"7"],"crud":"c"},"payload_template":"{\"a\": {{userid}}}"})");
  EXPECT_EQ(read->settings->body, R"({"max_log_entries":10})");
}

TEST(Declaration, ASectionThatIsNotThereIsNotManaged) {
  const auto read = read_declaration("services: {}\n", kReferences);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->services && read->services->empty());
  EXPECT_FALSE(read->rules);
  EXPECT_FALSE(read->settings);
}

TEST(Declaration, SaysWhereAndWhat) {
  const auto found = faults(R"(services:
  crm:
    auth_token: ${env:NONE}
    client_key: ${file:none.pem}
  crm:
    type: rest
  other: 5
colours: {}
)");
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].line, 3);
  EXPECT_THAT(found[0].message, HasSubstr("NONE"));
  EXPECT_EQ(found[1].line, 4);
  EXPECT_THAT(found[1].message, HasSubstr("none.pem"));
  EXPECT_EQ(found[2].line, 5);
  EXPECT_THAT(found[2].message, HasSubstr("twice"));
  EXPECT_EQ(found[3].line, 7);
  EXPECT_EQ(found[4].line, 8);
  EXPECT_THAT(faults("services: [\n")[0].message, HasSubstr("line "));
  EXPECT_THAT(faults("version: 2\n")[0].message, HasSubstr("1"));
}

TEST(References, CanBeWrittenAsText) {
  for (const std::string text : {"${env:TOKEN}", "$${x}", "a$b", "${", "$", "$$", "$$${file:a}"}) {
    const auto back = without_references(with_escaped_references(text), kReferences);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, text);
  }
  EXPECT_EQ(*without_references("amqp://u:${env:TOKEN}@h", kReferences), "amqp://u:s3cret@h");
  EXPECT_EQ(*without_references("${other}", kReferences), "${other}");
  EXPECT_FALSE(without_references("${env:TOKEN", kReferences));
}

}  // namespace
}  // namespace mih::cli
