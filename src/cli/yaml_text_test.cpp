#include "cli/yaml_text.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace mih::cli {
namespace {

TEST(YamlText, EveryTextReadsBackAsItIs) {
  for (const std::string text : {"",
                                 "plain",
                                 "two words",
                                 "https://crm.example/v1?a=1&b=2",
                                 "${env:CRM_TOKEN}",
                                 "yes",
                                 "Null",
                                 "~",
                                 "5",
                                 "-1",
                                 "1e5",
                                 "- a",
                                 "# a",
                                 "a # b",
                                 "a: b",
                                 "a:",
                                 ": a",
                                 "{a}",
                                 "[a]",
                                 "'a'",
                                 "\"a\"",
                                 "\\core\\event\\user_created",
                                 "it's",
                                 " a",
                                 "a ",
                                 "a\nb",
                                 "a\nb\n",
                                 "a\n\nb\n\n",
                                 "\na",
                                 "  a\n b",
                                 "a\tb",
                                 "a\r\nb",
                                 "\x01",
                                 "Zoë 日本",
                                 "a\n  \n b",
                                 "*",
                                 "&a",
                                 "!a",
                                 "%a",
                                 "@a",
                                 "`a`",
                                 "|",
                                 ">",
                                 "?",
                                 "? a",
                                 "a,b",
                                 "a]",
                                 "%{\"id\": {{userid}}}"}) {
    YamlText yaml;
    yaml.begin("outer");
    yaml.member("key", text);
    yaml.member("behind", "x");
    yaml.end();
    const auto root = YAML::Load(yaml.text());
    EXPECT_EQ(root["outer"]["key"].as<std::string>(), text) << yaml.text();
    EXPECT_EQ(root["outer"]["behind"].as<std::string>(), "x") << yaml.text();
  }
}

TEST(YamlText, LongTextsCanBeReviewed) {
  YamlText yaml;
  yaml.begin("rules");
  yaml.begin("new users");
  yaml.member("payload_template", "{\n  \"id\": {{objectid}}\n}");
  yaml.member("eventname", "\\core\\event\\user_created");
  yaml.end();
  yaml.end();
  EXPECT_EQ(yaml.text(), R"(rules:
  new users:
    payload_template: |-
      {
        "id": {{objectid}}
      }
    eventname: '\core\event\user_created'
)");
}

}  // namespace
}  // namespace mih::cli
