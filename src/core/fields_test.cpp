#include "core/fields.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mih::core {
namespace {

using ::testing::HasSubstr;

Result<void> read(std::string_view text, Service& service, Write mode = Write::kReplace) {
  json::Document document;
  EXPECT_TRUE(document.parse(text));
  return read_fields(document.root(), service_fields(), mode, service);
}

nlohmann::json written(const Service& service) {
  json::Writer out;
  out.begin_object();
  write_fields(out, service_fields(), service);
  out.end_object();
  return nlohmann::json::parse(out.text());
}

constexpr std::string_view kMinimal = R"({"name":"crm","base_url":"https://crm.example/v1"})";

TEST(Fields, MinimalServiceGetsTheDocumentedDefaults) {
  Service service;
  ASSERT_TRUE(read(kMinimal, service));
  const auto shown = written(service);
  EXPECT_EQ(shown["type"], "rest");
  EXPECT_EQ(shown["auth_type"], "none");
  EXPECT_EQ(shown["timeout"], 5);
  EXPECT_EQ(shown["max_retries"], 3);
  EXPECT_EQ(shown["retry_backoff"], 1);
  EXPECT_EQ(shown["cb_failure_threshold"], 5);
  EXPECT_EQ(shown["cb_cooldown"], 30);
  EXPECT_EQ(shown["max_age"], 259200);
  EXPECT_EQ(shown["max_concurrency"], 8);
  EXPECT_EQ(shown["max_backlog"], 5000000);
  EXPECT_EQ(shown["apikey_header"], "X-API-Key");
  EXPECT_EQ(shown["enabled"], true);
  EXPECT_EQ(shown["cloudevents"], "off");
}

TEST(Fields, AllFaultsAreReportedAtOnce) {
  Service service;
  const auto result =
      read(R"({"timeout":0.05,"max_retries":1.5,"type":"ftp","enabled":1,"nonsense":1})", service);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kValidationFailed);
  std::vector<std::string> names;
  for (const auto& error : result.error().fields)
    names.push_back(error.field);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("nonsense", "name", "type", "base_url",
                                                     "timeout", "max_retries", "enabled"));
}

TEST(Fields, SecretsReadAsAMaskThatLeavesThemUnchanged) {
  Service service;
  ASSERT_TRUE(
      read(R"({"name":"a","base_url":"http://u:p%40ss@h/x","auth_token":"s3cret"})", service));
  const auto shown = written(service);
  EXPECT_EQ(shown["auth_token"], "********");
  EXPECT_EQ(shown["base_url"], "http://u:********@h/x");
  EXPECT_THAT(shown.dump(), ::testing::Not(HasSubstr("p%40ss")));

  ASSERT_TRUE(read(shown.dump(), service));
  EXPECT_EQ(service.auth_token, "s3cret");
  EXPECT_EQ(service.base_url, "http://u:p%40ss@h/x");
}

TEST(Fields, ReplaceResetsWhatIsNotNamedExceptSecrets) {
  Service service;
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","timeout":9,"auth_token":"t"})", service));
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h"})", service));
  EXPECT_EQ(service.timeout, std::chrono::seconds{5});
  EXPECT_EQ(service.auth_token, "t");
}

TEST(Fields, PatchKeepsWhatIsNotNamed) {
  Service service;
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","timeout":9})", service));
  ASSERT_TRUE(read(R"({"max_retries":0})", service, Write::kPatch));
  EXPECT_EQ(service.timeout, std::chrono::seconds{9});
  EXPECT_EQ(service.max_retries, 0);
}

TEST(Fields, DurationsTakeDecimals) {
  Service service;
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","retry_backoff":0.25})", service));
  EXPECT_EQ(service.retry_backoff, std::chrono::milliseconds{250});
  EXPECT_EQ(written(service)["retry_backoff"], 0.25);
}

TEST(Fields, HeadersCannotBreakTheRequest) {
  Service service;
  EXPECT_FALSE(read(R"({"name":"a","base_url":"http://h","headers":{"X":"a\r\nY: b"}})", service));
  EXPECT_FALSE(read(R"({"name":"a","base_url":"http://h","headers":{"X y":"a"}})", service));
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","headers":{"X-A":"b"}})", service));
  EXPECT_EQ(service.headers, (Headers{{"X-A", "b"}}));
}

TEST(Fields, HeadersOfTheConnectionAreNotTheirs) {
  Service service;
  Rule rule;
  for (const auto* name : {"Host", "content-length", "Transfer-Encoding", "Connection"}) {
    const auto headers = fmt::format(R"("headers":{{"{}":"a"}})", name);
    auto read_it =
        read(fmt::format(R"({{"name":"a","base_url":"http://h",{}}})", headers), service);
    ASSERT_FALSE(read_it) << name;
    EXPECT_EQ(read_it.error().fields.at(0).field, "headers");
    const auto text = fmt::format("{{{}}}", headers);
    json::Document document;
    ASSERT_TRUE(document.parse(text));
    EXPECT_FALSE(read_fields(document.root(), rule_fields(), Write::kPatch, rule)) << name;
  }
}

TEST(Fields, LinesOfAServiceHaveNoControlCharacters) {
  Service service;
  for (const auto* name :
       {"base_url", "auth_token", "basic_user", "oauth2_token_url", "oauth2_client_id",
        "oauth2_scope", "wsse_user", "proxy", "apikey_header", "response_queue", "inbound_secret",
        "signing_secret", "signing_secret_old", "inbound_site", "ca_file"}) {
    const auto result =
        read(fmt::format(R"({{"{}":"http://h\r\nX: y"}})", name), service, Write::kPatch);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().fields.at(0).field, name);
  }
  EXPECT_TRUE(read(R"({"client_key":"-----BEGIN\nx\n","soap_headers":"<a>\n</a>"})", service,
                   Write::kPatch));
}

TEST(Fields, NoAuthTypeReadsAsNone) {
  Service service;
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","auth_type":null})", service));
  EXPECT_EQ(service.auth_type, AuthType::kNone);
  ASSERT_TRUE(read(R"({"name":"a","base_url":"http://h","auth_type":""})", service));
  EXPECT_EQ(service.auth_type, AuthType::kNone);
}

TEST(ServiceName, FollowsTheDocumentedShape) {
  EXPECT_TRUE(is_service_name("crm"));
  EXPECT_TRUE(is_service_name("0.a_b-C"));
  EXPECT_TRUE(is_service_name(std::string(255, 'a')));
  EXPECT_FALSE(is_service_name(std::string(256, 'a')));
  EXPECT_FALSE(is_service_name(""));
  EXPECT_FALSE(is_service_name("-a"));
  EXPECT_FALSE(is_service_name("a/b"));
  EXPECT_FALSE(is_service_name("a b"));
}

}  // namespace
}  // namespace mih::core
