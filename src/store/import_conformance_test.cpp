#include <gtest/gtest.h>

#include "core/service_call.hpp"
#include "support/stores.hpp"

/// What every store must do with what the original plugin had.
namespace mih::store {
namespace {

using namespace mih::test;
using core::ImportKind;

template <class T>
class ImportTest : public testing::Test {
 protected:
  Store& store() { return subject_.store(); }
  Reader& reader() { return subject_.reader(); }

  static Import::ImportedService service(std::int64_t id, const std::string& name,
                                         std::string alias = {}) {
    return {make_service(name), {"main", ImportKind::kService, id}, std::move(alias)};
  }
  static Import::ImportedRule rule(std::int64_t id, const std::string& service) {
    core::Rule made = make_rule("rule", {});
    made.service_name = service;
    return {made, {"main", ImportKind::kRule, id}};
  }
  Batch commit(EventEntry entry) {
    Batch batch;
    batch.now = at(5);
    batch.events.push_back(std::move(entry));
    EXPECT_TRUE(store().commit(batch));
    return batch;
  }
  /// A dead letter of the original.
  static EventEntry letter(const core::Service& to, std::int64_t id) {
    auto entry = make_entry(core::call_event_id(to.name, "l"), at(5),
                            {{.rule = {}, .service = to.id, .ordering_key = {}}});
    auto letter = std::make_shared<core::DeadLetter>();
    letter->event = std::make_shared<core::Event>(*entry.event);
    entry.event->name.clear();
    letter->delivery_id = core::delivery_id("default", entry.event->id, {});
    letter->reason = core::DeadReason::kExhausted;
    letter->service = to.id;
    letter->service_name = to.name;
    letter->payload = "{}";
    letter->created = at(-100);
    letter->attempts = {make_attempt(1, at(-100), 500)};
    entry.imported = std::make_shared<ImportedEvent>(
        ImportedEvent{{"main", ImportKind::kDeadLetter, id}, std::move(letter)});
    return entry;
  }

  T subject_;
};

using Implementations = testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(ImportTest, Implementations);

TYPED_TEST(ImportTest, ServicesAndRulesComeTogetherAndAreRemembered) {
  Import import;
  import.services = {this->service(3, "crm"), this->service(4, "shop", "Shop 1")};
  import.rules = {this->rule(5, "shop")};
  ASSERT_TRUE(this->store().import(import, at(1)));
  this->subject_.reopen();
  const auto services = value_of(this->reader().services());
  ASSERT_EQ(services.size(), 2U);
  EXPECT_EQ(services[1].created, at(1));
  const auto rules = value_of(this->reader().rules());
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].service, services[1].id);
  const auto known = value_of(this->reader().imported("main"));
  EXPECT_EQ(known.size(), 3U);
  EXPECT_EQ(known.at({ImportKind::kService, 4}), services[1].id.value);
  EXPECT_EQ(known.at({ImportKind::kRule, 5}), rules[0].id.value);
  EXPECT_TRUE(value_of(this->reader().imported("other")).empty());
}

TYPED_TEST(ImportTest, AllOfItOrNothing) {
  value_of(this->store().save_service(make_service("shop"), at(1)));
  Import taken;
  taken.services = {this->service(3, "crm"), this->service(4, "shop")};
  EXPECT_EQ(this->store().import(taken, at(1)).error().code, ErrorCode::kNameTaken);
  Import lost;
  lost.services = {this->service(3, "crm")};
  lost.rules = {this->rule(5, "nowhere")};
  EXPECT_EQ(this->store().import(lost, at(1)).error().code, ErrorCode::kServiceNotFound);
  EXPECT_EQ(value_of(this->reader().services()).size(), 1U);
  EXPECT_TRUE(value_of(this->reader().imported("main")).empty());
  // What was undone is forgotten too: the name is free.
  value_of(this->store().save_service(make_service("crm"), at(2)));
}

TYPED_TEST(ImportTest, AliasesGoWithTheirServiceAndKeepTheFirst) {
  Import import;
  import.services = {this->service(3, "crm", "CRM 1"), this->service(4, "shop", "CRM 1")};
  ASSERT_TRUE(this->store().import(import, at(1)));
  this->subject_.reopen();
  auto aliases = value_of(this->reader().aliases());
  ASSERT_EQ(aliases.size(), 1U);
  EXPECT_EQ(aliases.at("CRM 1"), import.services[0].service.id);
  ASSERT_TRUE(this->store().remove_service(import.services[0].service.id, at(2)));
  EXPECT_TRUE(value_of(this->reader().aliases()).empty());
}

TYPED_TEST(ImportTest, ALetterIsThereOnceAndCanBeReplayed) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  const auto batch = this->commit(this->letter(crm, 8));
  EXPECT_TRUE(batch.ready.empty());
  const auto totals = value_of(this->reader().totals());
  EXPECT_EQ(totals.created, 1);
  EXPECT_EQ(totals.dead, 1);
  EXPECT_EQ(totals.events_accepted, 0);
  EXPECT_EQ(this->commit(this->letter(crm, 8)).events[0].outcome, EventEntry::Outcome::kDuplicate);
  this->subject_.reopen();
  const auto letters = value_of(this->reader().dead_letters({}, {}));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].created, at(-100));
  EXPECT_EQ(letters[0].event->name, "\\core\\event\\user_created");
  std::vector<core::Delivery> ready;
  EXPECT_EQ(value_of(replay(this->store(), {letters[0].id}, at(10), ready)).succeeded, 1);
}

TYPED_TEST(ImportTest, AQueuedEventIsADeliveryOnce) {
  const auto crm = value_of(this->store().save_service(make_service("crm"), at(1)));
  const auto rule = value_of(this->store().save_rule(make_rule("r", crm), at(1)));
  const auto entry = [&](const std::string& id) {
    auto made = make_entry(id, at(5), {{.rule = rule.id, .service = crm.id, .ordering_key = {}}});
    made.imported = std::make_shared<ImportedEvent>(
        ImportedEvent{{"main", ImportKind::kDelivery, 12}, nullptr});
    return made;
  };
  EXPECT_EQ(this->commit(entry("a")).events[0].outcome, EventEntry::Outcome::kAccepted);
  EXPECT_EQ(this->commit(entry("b")).events[0].outcome, EventEntry::Outcome::kDuplicate)
      << "the task is known, whatever its event is called";
  EXPECT_EQ(value_of(this->reader().totals()).created, 1);
  EXPECT_EQ(value_of(this->reader().imported("main")).size(), 1U);
}

}  // namespace
}  // namespace mih::store
