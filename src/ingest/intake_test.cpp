#include "ingest/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "engine/alerts.hpp"

namespace mih::ingest {
namespace {

using ::testing::HasSubstr;

const Now kNow{WallTime{std::chrono::seconds{1'708'258'939}}, SteadyTime{}};

std::string event(const std::string& id) {
  return R"({"id":")" + id + R"(","eventname":"\\core\\event\\user_created","userid":2})";
}

Result<Reading> read(std::string_view body, Format format = Format::kJson) {
  return read_events(body, format, "", kNow);
}

std::string nested(std::size_t levels) {
  return R"({"eventname":"\\a\\b","other":)" + std::string(levels - 1, '[') +
         std::string(levels - 1, ']') + "}";
}

TEST(Intake, TakesAnObjectAnArrayAndLines) {
  EXPECT_EQ(read(event("1"))->entries.size(), 1u);
  EXPECT_EQ(read("[" + event("1") + "," + event("2") + "]")->entries.size(), 2u);
  EXPECT_EQ(read("[]")->entries.size(), 0u);
  const auto lines = read(event("1") + "\r\n\n" + event("2") + "\n", Format::kNdjson);
  ASSERT_EQ(lines->entries.size(), 2u);
  EXPECT_EQ(lines->entries[1].event->id, "2");
}

TEST(Intake, AMalformedArrayIsRefusedAsAWhole) {
  const auto result = read("[" + event("1") + ",{]");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidJson);
  EXPECT_THAT(result.error().detail, HasSubstr("line 1, column"));
}

TEST(Intake, AMalformedLineIsRefusedAlone) {
  const auto result = read(event("1") + "\n{nonsense\n" + event("2"), Format::kNdjson);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries.size(), 2u);
  ASSERT_EQ(result->rejected.size(), 1u);
  EXPECT_EQ(result->rejected[0].index, 1u);
  EXPECT_EQ(result->rejected[0].code, "invalid_json");
}

TEST(Intake, CloudEventsComeAloneOrInABatch) {
  const std::string cloud_event =
      R"({"specversion":"1.0","id":"1","source":"s","type":"core.event.x","data":{"userid":"2"}})";
  const auto one = read(cloud_event, Format::kCloudEvent);
  ASSERT_EQ(one->entries.size(), 1u);
  EXPECT_EQ(one->entries[0].event->name, "\\core\\event\\x");
  EXPECT_THAT(one->entries[0].event->body, HasSubstr(R"("userid":2)"));
  const auto batch = read("[" + cloud_event + ",{}]", Format::kCloudEventBatch);
  EXPECT_EQ(batch->entries.size(), 1u);
  ASSERT_EQ(batch->rejected.size(), 1u);
  EXPECT_EQ(batch->rejected[0].index, 1u);
  EXPECT_EQ(batch->rejected[0].code, "validation_failed");
  EXPECT_EQ(read("[]", Format::kCloudEventBatch)->entries.size(), 0u);
  EXPECT_EQ(read(cloud_event, Format::kCloudEventBatch).error().code, ErrorCode::kInvalidJson);
  EXPECT_EQ(read("[" + cloud_event + "]", Format::kCloudEvent)->rejected.size(), 1u);
}

TEST(Intake, RejectionsKeepTheirIndex) {
  const auto result = read("[" + event("1") + R"(,{"eventname":5},7,)" + event("2") + "]");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries.size(), 2u);
  ASSERT_EQ(result->rejected.size(), 2u);
  EXPECT_EQ(result->rejected[0].index, 1u);
  EXPECT_EQ(result->rejected[1].index, 2u);
}

TEST(Intake, LimitsAreExact) {
  const auto many = [](std::size_t count) {
    std::string body = "[";
    for (std::size_t i = 0; i < count; ++i)
      body += (i ? "," : "") + event(std::to_string(i));
    return body + "]";
  };
  EXPECT_TRUE(read(many(10'000)));
  EXPECT_EQ(read(many(10'001)).error().code, ErrorCode::kTooLarge);
  const auto padded = [](std::size_t size) {
    std::string body = R"({"eventname":"\\a\\b","other":")";
    return body + std::string(size - body.size() - 2, 'x') + "\"}";
  };
  EXPECT_EQ(read(padded(1 << 20))->entries.size(), 1u);
  EXPECT_EQ(read(padded((1 << 20) + 1)).error().code, ErrorCode::kTooLarge);
  const auto in_array = read("[" + padded((1 << 20) + 1) + "," + event("1") + "]");
  ASSERT_TRUE(in_array);
  EXPECT_EQ(in_array->entries.size(), 1u);
  EXPECT_EQ(in_array->rejected.at(0).index, 0u);
  EXPECT_EQ(read(std::string((16 << 20) + 1, ' ')).error().code, ErrorCode::kTooLarge);
}

TEST(Intake, OneEventThatIsTooDeepIsRefusedAlone) {
  const auto result = read("[" + nested(64) + "," + nested(65) + "," + nested(100'000) + "]");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries.size(), 1u);
  ASSERT_EQ(result->rejected.size(), 2u);
  EXPECT_EQ(result->rejected[0].index, 1u);
}

TEST(Intake, BracketsInTextsAreNoDepth) {
  EXPECT_EQ(
      read(R"({"eventname":"\\a\\b","other":")" + std::string(500, '[') + "\"}")->entries.size(),
      1u);
}

TEST(Intake, AnEventOfTheHubNeverGoesToTheServiceItIsAbout) {
  std::vector<core::Service> services(2);
  std::vector<engine::CompiledRule> rules;
  for (std::size_t i = 0; i < services.size(); ++i) {
    services[i].id.value = static_cast<std::int64_t>(i) + 1;
    services[i].name = i == 0 ? "crm" : "chat";
    core::Rule rule;
    rule.id.value = static_cast<std::int64_t>(i) + 11;
    rule.eventname = engine::kAlertEvent;
    rule.service = services[i].id;
    rules.push_back(engine::compile_rule(std::move(rule)).value());
  }
  const engine::Catalog catalog(1, services, rules);
  auto entries = read(R"({"eventname":"\\local_integrationhub\\event\\hub_alert"})")->entries;
  match(entries, catalog);
  EXPECT_EQ(entries.at(0).fan_out.size(), 2U);
  entries[0].about = services[0].id;
  match(entries, catalog);
  ASSERT_EQ(entries[0].fan_out.size(), 1U);
  EXPECT_EQ(entries[0].fan_out[0].service, services[1].id);
}

}  // namespace
}  // namespace mih::ingest
