#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "support/stores.hpp"

/// A fixture for what every store must do, and a macro that runs it against each implementation.
namespace mih::test {

using store::Batch;
using store::DeliveryUpdate;
using store::EventEntry;
using store::Reader;
using store::Store;

struct Implementation {
  const char* name;
  std::unique_ptr<Subject> (*make)();
};

class StoreTest : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    crm_ = value_of(store().save_service(make_service("crm"), at(0)));
    rule_ = value_of(store().save_rule(make_rule("new users", crm_), at(0)));
    fan_out_ = {{.rule = rule_.id, .service = crm_.id, .ordering_key = "user-5"}};
    ASSERT_TRUE(value_of(store().load(crm_.id, {}, 10)).drained);
  }

  Store& store() { return subject_->store(); }
  Reader& reader() { return subject_->reader(); }

  Batch commit(std::vector<EventEntry> events, std::vector<DeliveryUpdate> updates = {},
               WallTime now = at(1)) {
    Batch batch;
    batch.now = now;
    batch.events = std::move(events);
    batch.updates = std::move(updates);
    check(store().commit(batch));
    return batch;
  }
  std::vector<core::Delivery> accept(const std::string& id, WallTime now = at(1)) {
    std::vector<EventEntry> events;
    events.push_back(make_entry(id, now, fan_out_));
    return commit(std::move(events), {}, now).ready;
  }
  EventEntry::Outcome outcome_of(const std::string& id, WallTime now = at(1)) {
    std::vector<EventEntry> events;
    events.push_back(make_entry(id, now, fan_out_));
    return commit(std::move(events), {}, now).events.front().outcome;
  }
  Batch record(DeliveryUpdate update, WallTime now = at(2)) {
    std::vector<DeliveryUpdate> updates;
    updates.push_back(std::move(update));
    return commit({}, std::move(updates), now);
  }
  core::DeadLetterId dead_letter_for(const std::string& id) {
    const auto ready = accept(id);
    return record(dead(ready.at(0), at(2))).updates.front().letter->id;
  }
  void expect_totals(std::int64_t created, std::int64_t delivered, std::int64_t dead_ones) {
    const auto totals = value_of(reader().totals());
    EXPECT_EQ(totals.created, created);
    EXPECT_EQ(totals.delivered, delivered);
    EXPECT_EQ(totals.dead, dead_ones);
    EXPECT_EQ(value_of(reader().statistics(at(3)))[crm_.id].backlog, totals.open());
  }
  std::vector<std::string> events_of(const std::vector<core::Delivery>& deliveries) {
    std::vector<std::string> ids;
    for (const auto& delivery : deliveries)
      ids.push_back(delivery.event->id);
    return ids;
  }
  using Ids = std::vector<std::string>;

  std::unique_ptr<Subject> subject_ = GetParam().make();
  core::Service crm_;
  core::Rule rule_;
  std::vector<core::FanOut> fan_out_;
};

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): GoogleTest has no function for it
#define MIH_EACH_STORE(Suite)                                                    \
  INSTANTIATE_TEST_SUITE_P(                                                      \
      Each, Suite,                                                               \
      testing::Values(Implementation{"memory",                                   \
                                     []() -> std::unique_ptr<Subject> {          \
                                       return std::make_unique<MemorySubject>(); \
                                     }},                                         \
                      Implementation{"sqlite",                                   \
                                     []() -> std::unique_ptr<Subject> {          \
                                       return std::make_unique<SqliteSubject>(); \
                                     }}),                                        \
      [](const auto& info) { return std::string{info.param.name}; })

}  // namespace mih::test
