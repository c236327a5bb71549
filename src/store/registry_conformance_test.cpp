#include <algorithm>
#include <gtest/gtest.h>

#include "core/fields.hpp"
#include "support/stores.hpp"

/// What every store must do with services, rules, tokens, settings, circuits, log and statistics.
namespace mih::store {
namespace {

using namespace mih::test;

template <class T>
class RegistryTest : public testing::Test {
 protected:
  Store& store() { return subject_.store(); }
  Reader& reader() { return subject_.reader(); }
  T subject_;
};

using Implementations = testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(RegistryTest, Implementations);

core::Service full_service() {
  core::Service service = make_service("crm");
  service.auth_type = core::AuthType::kBearer;
  service.auth_token = "secret \xc3\xa9 '\"";
  service.timeout = std::chrono::milliseconds{1500};
  service.retry_jitter = 0.25;
  service.enabled = false;
  service.retry_on = {"5xx", "409"};
  service.headers = {{"X-One", "1"}, {"X-One", "2"}};
  service.cloudevents = core::CloudEvents::kBinary;
  service.paused = true;
  return service;
}

TYPED_TEST(RegistryTest, AServiceComesBackAsItWasSaved) {
  const auto saved = value_of(this->store().save_service(full_service(), at(1)));
  EXPECT_TRUE(saved.id);
  this->subject_.reopen();
  const auto services = value_of(this->reader().services());
  ASSERT_EQ(services.size(), 1U);
  const core::Service& read = services[0];
  json::Writer expected;
  json::Writer actual;
  core::write_fields(expected, core::service_fields(), saved);
  core::write_fields(actual, core::service_fields(), read);
  EXPECT_EQ(actual.text(), expected.text());
  EXPECT_EQ(read.auth_token, saved.auth_token);
  EXPECT_EQ(read.timeout, std::chrono::milliseconds{1500});
  EXPECT_TRUE(read.paused);
  EXPECT_EQ(read.created, at(1));
  EXPECT_EQ(read.modified, at(1));
}

TYPED_TEST(RegistryTest, NamesOfServicesAreUniqueAndRulesFollowThem) {
  auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  value_of(this->store().save_service(make_service("shop"), at(1)));
  const auto rule = value_of(this->store().save_rule(make_rule("r", crm), at(1)));
  EXPECT_EQ(this->store().save_service(make_service("crm"), at(2)).error().code,
            ErrorCode::kNameTaken);
  crm.name = "shop";
  EXPECT_EQ(this->store().save_service(crm, at(2)).error().code, ErrorCode::kNameTaken);
  crm.name = "Crm";
  crm = value_of(this->store().save_service(crm, at(3)));
  EXPECT_EQ(crm.created, at(1));
  EXPECT_EQ(crm.modified, at(3));
  const auto rules = value_of(this->reader().rules());
  EXPECT_EQ(rules[0].service_name, "Crm");
  EXPECT_EQ(rules[0].service, crm.id);
  EXPECT_EQ(rules[0].id, rule.id);
  core::Service unknown = make_service("x");
  unknown.id.value = 99;
  EXPECT_EQ(this->store().save_service(unknown, at(2)).error().code, ErrorCode::kNotFound);
}

TYPED_TEST(RegistryTest, ARemovedServiceLeavesItsNameAndANewOneServesTheRules) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  auto rule = value_of(this->store().save_rule(make_rule("r", crm), at(1)));
  Batch batch;
  batch.now = at(2);
  batch.events.push_back(make_entry("a", at(2), {{rule.id, crm.id, ""}}));
  check(this->store().commit(batch));
  const auto deletion = value_of(this->store().remove_service(crm.id, at(3)));
  EXPECT_EQ(deletion.rules_disabled, 1);
  EXPECT_EQ(deletion.pending_dead, 1);
  EXPECT_EQ(deletion.dead_letters_kept, 0);
  EXPECT_TRUE(value_of(this->reader().services()).empty());
  rule = value_of(this->reader().rules()).at(0);
  EXPECT_FALSE(rule.enabled);
  EXPECT_EQ(rule.service_name, "crm");
  EXPECT_FALSE(rule.service);
  EXPECT_EQ(value_of(this->reader().statistics(at(3)))[crm.id].backlog, 1)
      << "what is queued is found and ended";
  rule.enabled = true;
  EXPECT_EQ(this->store().save_rule(rule, at(4)).error().code, ErrorCode::kServiceNotFound);
  const auto again = value_of(this->store().save_service(make_service("crm"), at(5)));
  EXPECT_NE(again.id, crm.id);
  EXPECT_EQ(value_of(this->reader().rules()).at(0).service, again.id);
  EXPECT_EQ(value_of(this->store().save_rule(rule, at(6))).service, again.id);
  EXPECT_EQ(this->store().remove_service(crm.id, at(7)).error().code, ErrorCode::kNotFound);
}

TYPED_TEST(RegistryTest, RemovingAServiceCountsEnabledRulesAndTheLettersOfItsName) {
  auto& store = this->store();
  for (int round = 1; round <= 2; ++round) {
    const auto crm = value_of(store.save_service(make_service("crm"), at(1)));
    auto rule = make_rule("disabled", crm);
    rule.enabled = false;
    value_of(store.save_rule(rule, at(1)));
    const auto used = value_of(store.save_rule(make_rule("enabled", crm), at(1)));
    value_of(store.load(crm.id, {}, 10));
    Batch batch;
    batch.now = at(1);
    batch.events.push_back(make_entry(std::to_string(round), at(1), {{used.id, crm.id, ""}}));
    check(store.commit(batch));
    Batch ended;
    ended.updates.push_back(dead(batch.ready.at(0), at(2)));
    check(store.commit(ended));
    const auto deletion = value_of(store.remove_service(crm.id, at(3)));
    EXPECT_EQ(deletion.rules_disabled, 1);
    EXPECT_EQ(deletion.pending_dead, 0);
    EXPECT_EQ(deletion.dead_letters_kept, round);
    check(store.remove_rule(used.id));
  }
}

TYPED_TEST(RegistryTest, ARuleComesBackAsItWasSaved) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  core::Rule rule = make_rule("r", crm);
  rule.filter.text = R"({"courseid":5})";
  rule.payload_template = "{\"id\": {{userid}}}\n";
  rule.http_method = core::HttpMethod::kPut;
  rule.headers = {{"X-A", "{{id}}"}};
  rule.dedupe_window = std::chrono::seconds{60};
  const auto saved = value_of(this->store().save_rule(rule, at(1)));
  this->subject_.reopen();
  const auto read = value_of(this->reader().rules()).at(0);
  json::Writer expected;
  json::Writer actual;
  core::write_fields(expected, core::rule_fields(), saved);
  core::write_fields(actual, core::rule_fields(), read);
  EXPECT_EQ(actual.text(), expected.text());
  EXPECT_EQ(read.service, crm.id);
  check(this->store().remove_rule(read.id));
  EXPECT_TRUE(value_of(this->reader().rules()).empty());
  EXPECT_EQ(this->store().remove_rule(read.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(this->store().save_rule(read, at(2)).error().code, ErrorCode::kNotFound);
}

TYPED_TEST(RegistryTest, TokensSettingsAndCircuitsSurviveARestart) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  core::Token token;
  token.name = "moodle";
  token.role = core::Role::kIngest;
  token.site = "school";
  token.hash = sha256("mih_x");
  token = value_of(this->store().save_token(token, at(1)));
  core::Settings settings;
  settings.max_log_entries = 0;
  settings.event_retention = std::chrono::hours{2};
  check(this->store().save_settings(settings));
  Batch batch;
  batch.now = at(2);
  batch.circuits.push_back({crm.id, core::CircuitState::kOpen, 5, at(2), at(32), at(2), ""});
  batch.circuits.push_back(
      {core::ServiceId{77}, core::CircuitState::kOpen, 5, at(2), at(32), at(2), ""});
  check(this->store().commit(batch));
  this->subject_.reopen();
  const auto tokens = value_of(this->reader().tokens());
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].hash, token.hash);
  EXPECT_EQ(tokens[0].role, core::Role::kIngest);
  EXPECT_EQ(tokens[0].site, "school");
  EXPECT_EQ(tokens[0].created, at(1));
  const auto read = value_of(this->reader().settings());
  EXPECT_EQ(read.max_log_entries, 0);
  EXPECT_EQ(read.event_retention, std::chrono::hours{2});
  EXPECT_EQ(read.event_retention_count, core::Settings{}.event_retention_count);
  const auto circuits = value_of(this->reader().circuits());
  ASSERT_EQ(circuits.size(), 1U) << "none for a service that does not exist";
  EXPECT_EQ(circuits[0].state, core::CircuitState::kOpen);
  EXPECT_EQ(circuits[0].failure_count, 5);
  EXPECT_EQ(circuits[0].cooldown_end, at(32));
  check(this->store().remove_token(token.id));
  EXPECT_TRUE(value_of(this->reader().tokens()).empty());
  EXPECT_EQ(this->store().remove_token(token.id).error().code, ErrorCode::kNotFound);
}

TYPED_TEST(RegistryTest, TheLogKeepsTheNewestRowsAndStatisticsAllCalls) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  core::Settings settings;
  settings.max_log_entries = 3;
  check(this->store().save_settings(settings));
  for (int i = 0; i < 5; ++i) {
    Batch batch;
    batch.now = at(i);
    batch.calls.push_back(make_call(crm.id, at(i), i % 2 == 0));
    batch.calls.push_back(make_call(crm.id, at(i), true));
    check(this->store().commit(batch));
  }
  check(this->store().flush(at(5)));
  const auto log = value_of(this->reader().log({}, {}));
  ASSERT_EQ(log.size(), 3U);
  EXPECT_GT(log[0].id, log[1].id);
  EXPECT_EQ(log[0].call.time, at(4));
  EXPECT_EQ(log[2].call.time, at(3));
  EXPECT_EQ(log[0].call.endpoint, "http://127.0.0.1/contacts");
  LogFilter failed;
  failed.success = false;
  EXPECT_TRUE(value_of(this->reader().log(failed, {})).empty()) << "the failed ones are older";
  const auto statistics = value_of(this->reader().statistics(at(5)))[crm.id];
  EXPECT_EQ(statistics.errors_24h, 2);
  EXPECT_EQ(statistics.avg_latency_ms, 12);
  EXPECT_EQ(statistics.last_used_s, to_unix_s(at(4)));
  EXPECT_EQ(value_of(this->reader().statistics(at(100'000)))[crm.id].errors_24h, 0);
  check(this->store().clear_log());
  EXPECT_TRUE(value_of(this->reader().log({}, {})).empty());
}

TYPED_TEST(RegistryTest, LogAndDeadLettersAreFiltered) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  const auto shop = value_of(this->store().save_service(make_service("shop"), at(1)));
  const auto rule = value_of(this->store().save_rule(make_rule("r", crm), at(1)));
  value_of(this->store().load(crm.id, {}, 1));
  Batch batch;
  batch.now = at(2);
  batch.calls.push_back(make_call(crm.id, at(2), true));
  batch.calls.push_back(make_call(shop.id, at(3), false));
  batch.calls.back().inbound = true;
  batch.calls.back().endpoint = "/100%_Sure";
  for (const char* id : {"a", "b"}) {
    batch.events.push_back(make_entry(id, at(2), {{rule.id, crm.id, ""}}));
  }
  check(this->store().commit(batch));
  Batch ends;
  ends.now = at(4);
  for (const auto& delivery : batch.ready)
    ends.updates.push_back(dead(delivery, at(4)));
  ends.updates[1].letter->payload = "{\"Name\":\"Zo\xc3\xab\"}";
  ends.updates[1].letter->reason = core::DeadReason::kRejected;
  check(this->store().commit(ends));
  check(this->store().flush(at(5)));

  const auto log = [&](LogFilter filter) {
    return value_of(this->reader().log(filter, {})).size();
  };
  EXPECT_EQ(log({}), 2U);
  LogFilter filter;
  filter.service = "shop";
  EXPECT_EQ(log(filter), 1U);
  filter = {};
  filter.text = "100%_s";
  EXPECT_EQ(log(filter), 1U) << "without wildcards, in any case";
  filter.text = "100_";
  EXPECT_EQ(log(filter), 0U);
  filter = {};
  filter.direction = "outbound";
  EXPECT_EQ(log(filter), 1U);
  filter = {};
  filter.service = "nobody";
  EXPECT_EQ(log(filter), 0U);

  const auto letters = [&](const DeadLetterFilter& by) {
    return value_of(this->reader().find_dead_letters(by)).size();
  };
  DeadLetterFilter by;
  EXPECT_EQ(letters(by), 2U);
  by.text = "zo\xc3\xab";
  EXPECT_EQ(letters(by), 1U);
  by.text = "\"id\":\"B\"";
  EXPECT_EQ(letters(by), 1U) << "in the event";
  by.in_payload = false;
  EXPECT_EQ(letters(by), 0U);
  by.text = "USER_created";
  EXPECT_EQ(letters(by), 2U);
  by.text = "http 500";
  EXPECT_EQ(letters(by), 2U);
  by.reason = core::DeadReason::kRejected;
  EXPECT_EQ(letters(by), 1U);
  by = {};
  by.service = "crm";
  by.from_s = to_unix_s(at(4));
  by.to_s = to_unix_s(at(5));
  EXPECT_EQ(letters(by), 2U);
  by.to_s = by.from_s;
  EXPECT_EQ(letters(by), 0U);

  value_of(this->store().remove_service(crm.id, at(6)));
  by = {};
  by.service = "crm";
  EXPECT_EQ(letters(by), 2U) << "letters of a removed service are found by its name";
  const auto page = value_of(this->reader().dead_letters({}, {.limit = 1, .before = 0}));
  ASSERT_EQ(page.size(), 1U);
  const auto next =
      value_of(this->reader().dead_letters({}, {.limit = 1, .before = page[0].id.value}));
  ASSERT_EQ(next.size(), 1U);
  EXPECT_LT(next[0].id, page[0].id);
}

}  // namespace
}  // namespace mih::store
