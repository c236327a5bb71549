#include "cli/field_flags.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace mih::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Flags : public ::testing::Test {
 protected:
  json body(std::vector<std::string> arguments) {
    parse(std::move(arguments));
    const auto text = flags_.body({{"name", "crm"}});
    EXPECT_TRUE(text.has_value()) << (text ? "" : text.error().detail);
    return text ? json::parse(*text) : json{};
  }
  void parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);
    app_.parse(std::move(arguments));
  }

  CLI::App app_;
  FieldFlags flags_{app_, core::service_fields(), {{"headers", "header"}}, "name"};
};

TEST_F(Flags, OnlyWhatWasGivenIsSent) {
  EXPECT_EQ(body({}), json({{"name", "crm"}}));
  EXPECT_TRUE(flags_.empty());
}

TEST_F(Flags, EveryTypeOfField) {
  EXPECT_EQ(body({"--base-url",  "http://x/", "--max-retries",      "7",
                  "--timeout",   "2.5",       "--retry-on",         "5xx,409",
                  "--retry-on",  "418",       "--follow-redirects", "--no-enabled",
                  "--header",    "X-A: b: c", "--headers",          "X-B:",
                  "--auth-type", "bearer",    "--auth-token",       "t"}),
            json::parse(R"({"name": "crm", "base_url": "http://x/", "max_retries": 7,
              "timeout": 2.5, "retry_on": ["5xx", "409", "418"], "follow_redirects": true,
              "enabled": false, "headers": {"X-A": "b: c", "X-B": ""}, "auth_type": "bearer",
              "auth_token": "t"})"));
  EXPECT_FALSE(flags_.empty());
}

TEST_F(Flags, TextThatLooksLikeANumberStaysText) {
  EXPECT_EQ(body({"--auth-token", "007"})["auth_token"], "007");
}

TEST_F(Flags, WhatIsNotANumberIsWrongUsage) {
  EXPECT_THROW(body({"--timeout", "soon"}), CLI::ValidationError);
  EXPECT_THROW(body({"--timeout", "1,\"auth_token\":\"x\""}), CLI::ValidationError);
}

TEST_F(Flags, FlagsCanBeGivenAValue) {
  EXPECT_EQ(body({"--enabled=false"})["enabled"], false);
  EXPECT_EQ(body({"--enabled"})["enabled"], true);
}

TEST_F(Flags, SecretsComeFromFilesWithoutTheLastLineBreak) {
  std::string name = ::testing::TempDir() + "mihflagXXXXXX";
  ::close(mkstemp(name.data()));
  std::ofstream(name) << "s3cret\n";
  EXPECT_EQ(body({"--auth-token-file", name})["auth_token"], "s3cret");
  EXPECT_THROW(parse({"--auth-token-file", name, "--auth-token", "x"}), CLI::ParseError);
  std::filesystem::remove(name);
}

TEST_F(Flags, AMissingFileAndABadHeaderAreErrors) {
  parse({"--auth-token-file", "/no/such/file"});
  EXPECT_THAT(flags_.body().error().detail, HasSubstr("/no/such/file"));
  app_.clear();
  parse({"--header", "no colon"});
  EXPECT_THAT(flags_.body().error().detail, HasSubstr("--headers"));
}

TEST_F(Flags, EveryFieldHasAFlagAndHelp) {
  const std::string help = app_.help();
  for (const auto& field : core::service_fields()) {
    if (field.name == "name") continue;
    std::string flag = "--" + std::string{field.name};
    std::ranges::replace(flag, '_', '-');
    EXPECT_THAT(help, HasSubstr(flag));
  }
  EXPECT_THAT(help, HasSubstr("(rest, amqp, soap)"));
  EXPECT_THAT(help, HasSubstr("(0.1 to 300)"));
}

TEST(RuleFlags, AliasesFilterAndTemplateFile) {
  CLI::App app;
  FieldFlags flags{
      app, core::rule_fields(), {{"eventname", "event"}, {"payload_template", "template"}}};
  std::string name = ::testing::TempDir() + "mihflagXXXXXX";
  ::close(mkstemp(name.data()));
  std::ofstream(name) << "{\"id\":\n {{userid}}}\n";
  std::vector<std::string> arguments{"--event",         "\\core\\event\\user_created",
                                     "--service",       "crm",
                                     "--template-file", name,
                                     "--filter",        "{\"courseid\": 5}"};
  std::ranges::reverse(arguments);
  app.parse(std::move(arguments));
  EXPECT_EQ(json::parse(flags.body().value()), json({{"eventname", "\\core\\event\\user_created"},
                                                     {"service", "crm"},
                                                     {"payload_template", "{\"id\":\n {{userid}}}"},
                                                     {"filter", {{"courseid", 5}}}}));
  std::filesystem::remove(name);
}

}  // namespace
}  // namespace mih::cli
