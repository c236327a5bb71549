#include "engine/predecessor.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

OriginalTables read(std::string_view text) {
  json::Document document;
  EXPECT_TRUE(document.parse(text)) << text;
  auto tables = read_original(document.root());
  EXPECT_TRUE(tables) << (tables ? "" : tables.error().detail);
  return tables ? std::move(*tables) : OriginalTables{};
}

core::Service service(const std::string& columns, std::vector<std::string>* notices = nullptr) {
  auto tables = read(R"({"local_integrationhub_svc":[{"id":1,"name":"crm",)" + columns + "}]}");
  EXPECT_EQ(tables.services.size(), 1U);
  if (tables.services.empty()) return {};
  if (notices != nullptr) *notices = tables.services.front().notices;
  return tables.services.front().service;
}

TEST(NearestServiceName, KeepsWhatIsAllowedAndChangesTheRest) {
  EXPECT_EQ(nearest_service_name("crm_1.x-Y"), "crm_1.x-Y");
  EXPECT_EQ(nearest_service_name("CRM Süd"), "CRM-Sud");
  EXPECT_EQ(nearest_service_name("  Señal / dos  "), "Senal-dos");
  EXPECT_EQ(nearest_service_name("_x"), "x");
  EXPECT_EQ(nearest_service_name("日本"), "service");
  EXPECT_EQ(nearest_service_name(std::string(300, 'a')), std::string(255, 'a'));
}

TEST(ReadOriginal, TakesNumbersAsTextAndGivesWhatIsMissingTheOriginalsDefault) {
  const auto made = service(R"("base_url":"https://crm.example","timeout":"7","enabled":"0")");
  EXPECT_EQ(made.timeout, std::chrono::seconds{7});
  EXPECT_FALSE(made.enabled);
  EXPECT_EQ(made.max_retries, 3);
  EXPECT_EQ(made.auth_type, core::AuthType::kNone);
  EXPECT_FALSE(made.inbound_enabled);
}

TEST(ReadOriginal, BringsWhatIsOutOfBoundsIntoThem) {
  std::vector<std::string> notices;
  const auto made = service(R"("base_url":"https://crm.example","timeout":900,"cb_cooldown":0,
                               "max_retries":-2,"cb_failure_threshold":0)",
                            &notices);
  EXPECT_EQ(made.timeout, std::chrono::seconds{300});
  EXPECT_EQ(made.cb_cooldown, std::chrono::seconds{1});
  EXPECT_EQ(made.max_retries, 0);
  EXPECT_EQ(made.cb_failure_threshold, 1) << "0 opened at the first failure there, never here";
  EXPECT_EQ(notices.size(), 4U);
  EXPECT_EQ(service(R"("base_url":"https://crm.example","timeout":0)").timeout,
            std::chrono::seconds{300});
}

TEST(ReadOriginal, KeepsTheMeaningOfABrokersPassword) {
  const auto made = service(R"("type":"amqp","base_url":"amqp://u:a%40b@mq.example:5672/%2F")");
  EXPECT_EQ(made.base_url, "amqp://u:a%2540b@mq.example:5672/%2F");
  EXPECT_EQ(made.max_concurrency, 256);
}

TEST(ReadOriginal, ATokenDoesNotOpenTheInboundSide) {
  std::vector<std::string> notices;
  const auto made = service(
      R"("base_url":"https://crm.example","auth_type":"apikey","auth_token":"t")", &notices);
  EXPECT_EQ(made.auth_type, core::AuthType::kApikey);
  EXPECT_FALSE(made.inbound_enabled);
  EXPECT_TRUE(made.inbound_secret.empty());
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("inbound_secret"), std::string::npos);
}

TEST(ReadOriginal, RefusesRowsAndSaysWhy) {
  const auto tables = read(R"({
    "local_integrationhub_svc":[7,{"name":"x"},{"id":1},{"id":2,"name":"a","base_url":"crm"}],
    "local_integrationhub_rules":[{"id":1}],
    "local_integrationhub_dlq":[{"id":1,"payload":"{"}],
    "task_adhoc":[{"id":1},{"id":2,"customdata":"{"},{"id":3,"customdata":{"ruleid":1}},
                  {"id":4,"classname":"\\core\\task\\other","customdata":{}}]})");
  EXPECT_EQ(tables.refused.size(), 10U);
  EXPECT_TRUE(tables.services.empty());
  EXPECT_EQ(tables.refused[3].name, "a");
  EXPECT_NE(tables.refused[3].error.find("http://"), std::string::npos);
}

TEST(ReadOriginal, ReadsQueuedEventsAsTheDatabaseHasThem) {
  const auto tables = read(R"({"task_adhoc":[{"id":"12",
    "classname":"\\local_integrationhub\\task\\dispatch_event_task",
    "customdata":"{\"ruleid\":\"5\",\"eventdata\":{\"eventname\":\"x\"},\"attempts\":2}"}]})");
  ASSERT_EQ(tables.tasks.size(), 1U);
  EXPECT_EQ(tables.tasks[0].id, 12);
  EXPECT_EQ(tables.tasks[0].rule, 5);
  EXPECT_EQ(tables.tasks[0].event, R"({"eventname":"x"})");
}

TEST(ReadOriginal, IsForTheOriginalsTablesOnly) {
  for (const auto* text : {"[]", R"({"services":[]})", R"({"local_integrationhub_svc":{}})"}) {
    json::Document document;
    ASSERT_TRUE(document.parse(text));
    const auto tables = read_original(document.root());
    ASSERT_FALSE(tables) << text;
    EXPECT_EQ(tables.error().code, ErrorCode::kValidationFailed);
  }
  EXPECT_TRUE(
      read(R"({"local_integrationhub_cb":[{}],"local_integrationhub_log":[]})").refused.empty());
}

}  // namespace
}  // namespace mih::engine
