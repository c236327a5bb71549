#include <gtest/gtest.h>
#include <map>
#include <random>

#include "support/store_description.hpp"
#include "support/stores.hpp"

/// Random histories, the same for both stores, compared step by step.
namespace mih::store {
namespace {

using namespace mih::test;
using core::DeliveryState;

class Comparison {
 public:
  Comparison(std::uint64_t seed, std::size_t max_window, bool prune)
      : random_(seed), sqlite_(max_window) {
    for (std::uint64_t i = 0; i < kServices; ++i)
      add_service(i);
    if (!prune) return;
    core::Settings settings;
    settings.event_retention_count = 15;
    settings.max_log_entries = 10;
    settings.dead_letter_retention = 1;
    each([&](Store& store) { check(store.save_settings(settings)); });
  }

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE(step);
      now_ += std::chrono::seconds{below(40) == 0 ? 40'000 : 3};
      act();
      compare([&](Reader& reader) { return describe_counters(reader, now_); });
      const auto totals = value_of(sqlite_.reader().totals());
      EXPECT_EQ(totals.created, totals.delivered + totals.dead + totals.open());
      if (step % 25 == 0) settle_and_compare_all();
    }
    drain();
    settle_and_compare_all();
  }

 private:
  static constexpr std::uint64_t kServices = 3;

  /// What a lane of the dispatcher knows.
  struct Lane {
    std::map<core::DeliveryKey, core::Delivery> open;
    std::optional<core::DeliveryKey> after;
    bool flowing = false;

    void raise(core::DeliveryKey key) { after = after ? std::max(*after, key) : key; }
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  template <class Fn>
  void each(Fn&& fn) {
    fn(memory_.store());
    fn(sqlite_.store());
  }
  template <class Fn>
  void compare(Fn&& fn) {
    ASSERT_EQ(fn(sqlite_.reader()), fn(memory_.reader()));
  }

  void add_service(std::uint64_t i) {
    core::Service service = make_service("service-" + std::to_string(i));
    if (i == 0) service.max_backlog = 12;
    each([&](Store& store) { service_ids_[i] = value_of(store.save_service(service, now_)).id; });
    core::Service saved = service;
    saved.id = service_ids_[i];
    core::Rule rule = make_rule("rule-" + std::to_string(i), saved);
    each([&](Store& store) { rule_ids_[i] = value_of(store.save_rule(rule, now_)).id; });
  }

  void act() {
    switch (below(20)) {
      case 0:
        return reopen();
      case 1:
        return maintain();
      case 2:
        return spill();
      case 3:
      case 4:
        return replay();
      case 5:
        return remove_letters();
      case 6:
        if (below(10) == 0) return replace_service();
        [[fallthrough]];
      case 7:
      case 8:
      case 9:
      case 10:
        return load();
      default:
        return commit();
    }
  }

  void reopen() {
    each([&](Store& store) { check(store.flush(now_)); });
    memory_.reopen();
    sqlite_.reopen();
    lanes_.clear();
  }

  void maintain() {
    each([&](Store& store) {
      while (value_of(store.maintain(now_))) {
      }
    });
  }

  void spill() {
    const auto service = service_ids_[below(kServices)];
    lanes_[service].flowing = false;
    each([&](Store& store) { store.spill(service); });
  }

  void load() { load_from(service_ids_[below(kServices)]); }

  void load_from(core::ServiceId service) {
    Lane& lane = lanes_[service];
    if (lane.flowing) return;
    const std::size_t limit = 1 + below(6);
    const Window window = value_of(sqlite_.store().load(service, lane.after, limit));
    const Window expected = value_of(memory_.store().load(service, lane.after, limit));
    ASSERT_EQ(describe(window.deliveries), describe(expected.deliveries));
    ASSERT_EQ(window.drained, expected.drained);
    lane.flowing = window.drained;
    lane.raise({});
    for (const auto& delivery : window.deliveries) {
      ASSERT_TRUE(lane.open.emplace(delivery.key, delivery).second) << "handed out twice";
      if (delivery.progress.attempts.empty()) lane.raise(delivery.key);
    }
  }

  void take(const std::vector<core::Delivery>& ready) {
    for (const auto& delivery : ready) {
      Lane& lane = lanes_[delivery.service];
      ASSERT_TRUE(lane.flowing) << "handed to a lane that has not loaded";
      ASSERT_TRUE(lane.open.emplace(delivery.key, delivery).second) << "handed out twice";
      lane.raise(delivery.key);
    }
  }

  void replay() {
    const auto letters = some_letters();
    std::vector<core::Delivery> ready;
    std::vector<core::Delivery> expected;
    const auto mode = below(2) == 0 ? core::ReplayMode::kCurrent : core::ReplayMode::kAsSent;
    const auto result = value_of(test::replay(sqlite_.store(), letters, now_, ready, mode));
    const auto expected_result =
        value_of(test::replay(memory_.store(), letters, now_, expected, mode));
    ASSERT_EQ(describe(ready), describe(expected));
    ASSERT_EQ(result.errors, expected_result.errors);
    take(ready);
  }

  void remove_letters() {
    const auto letters = some_letters();
    ASSERT_EQ(value_of(test::remove_letters(sqlite_.store(), letters)).succeeded,
              value_of(test::remove_letters(memory_.store(), letters)).succeeded);
  }

  std::vector<core::DeadLetterId> some_letters() {
    std::vector<core::DeadLetterId> letters;
    for (const auto letter : value_of(memory_.reader().find_dead_letters({}))) {
      if (below(4) == 0) letters.push_back(letter);
    }
    letters.push_back(core::DeadLetterId{static_cast<std::int64_t>(1 + below(30))});
    return letters;
  }

  /// Its deliveries stay open under the old id; the lane goes on with them.
  void replace_service() {
    const std::uint64_t i = below(kServices);
    const auto service = service_ids_[i];
    const auto deletion = value_of(sqlite_.store().remove_service(service, now_));
    const auto expected = value_of(memory_.store().remove_service(service, now_));
    ASSERT_EQ(deletion.pending_dead, expected.pending_dead);
    ASSERT_EQ(deletion.rules_disabled, expected.rules_disabled);
    ASSERT_EQ(deletion.dead_letters_kept, expected.dead_letters_kept);
    add_service(i);
  }

  struct Change {
    const core::Delivery* delivery;
    std::uint64_t kind;
  };

  DeliveryUpdate update_for(const Change& change) const {
    const core::Delivery& delivery = *change.delivery;
    if (change.kind < 4) return delivered(delivery, now_);
    if (change.kind < 6) {
      auto update = dead(delivery, now_);
      update.gone = change.kind == 5;
      return update;
    }
    if (change.kind < 9) return retrying(delivery, now_);
    auto parked = make_update(delivery, DeliveryState::kParked);
    parked.progress.parked_because = core::ParkedBecause::kCircuitOpen;
    return parked;
  }

  Batch batch_for(const std::vector<std::pair<std::string, std::vector<core::FanOut>>>& events,
                  const std::vector<Change>& changes) const {
    Batch batch;
    batch.now = now_;
    for (const auto& [id, fan_out] : events)
      batch.events.push_back(make_entry(id, now_, fan_out));
    for (const auto& change : changes) {
      batch.updates.push_back(update_for(change));
      batch.calls.push_back(make_call(change.delivery->service, now_, change.kind < 4));
    }
    return batch;
  }

  void commit() {
    std::vector<std::pair<std::string, std::vector<core::FanOut>>> events;
    for (std::uint64_t i = below(6); i > 0; --i) {
      std::vector<core::FanOut> fan_out;
      for (std::uint64_t service = 0; service < kServices; ++service) {
        if (below(2) == 0) continue;
        fan_out.push_back(
            {rule_ids_[service], service_ids_[service], below(3) == 0 ? "key" : std::string{}});
      }
      const bool repeat = last_id_ > 0 && below(5) == 0;
      const auto id = repeat ? 1 + below(last_id_) : ++last_id_;
      events.emplace_back("id-" + std::to_string(id), std::move(fan_out));
    }
    std::vector<Change> changes;
    for (const auto& [service, lane] : lanes_) {
      for (const auto& [key, delivery] : lane.open) {
        if (below(3) == 0) changes.push_back({&delivery, below(10)});
      }
    }
    if (!finished_.empty() && below(3) == 0) {
      changes.push_back({&finished_[below(finished_.size())], below(10)});
    }
    Batch batch = batch_for(events, changes);
    Batch expected = batch_for(events, changes);
    check(sqlite_.store().commit(batch));
    check(memory_.store().commit(expected));
    ASSERT_EQ(describe(batch.ready), describe(expected.ready));
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      ASSERT_EQ(batch.events[i].outcome, expected.events[i].outcome);
      ASSERT_EQ(batch.events[i].event->seq, expected.events[i].event->seq);
    }
    for (auto& update : batch.updates)
      apply(update);
    take(batch.ready);
    each([&](Store& store) { check(store.flush(now_)); });
  }

  void apply(DeliveryUpdate& update) {
    auto& open = lanes_[update.service].open;
    const auto found = open.find(update.key);
    if (found == open.end()) return;
    if (update.progress.state == DeliveryState::kDelivered ||
        update.progress.state == DeliveryState::kDead) {
      finished_.push_back(found->second);
      open.erase(found);
    } else {
      found->second.progress = update.progress;
    }
  }

  /// Every service ends what it has, removed ones included.
  void drain() {
    for (const auto& [service, statistics] : value_of(sqlite_.reader().statistics(now_))) {
      while (!lanes_[service].flowing && !testing::Test::HasFailure())
        load_from(service);
      std::vector<Change> changes;
      for (const auto& [key, delivery] : lanes_[service].open)
        changes.push_back({&delivery, 0});
      Batch batch = batch_for({}, changes);
      Batch expected = batch_for({}, changes);
      check(sqlite_.store().commit(batch));
      check(memory_.store().commit(expected));
      for (auto& update : batch.updates)
        apply(update);
    }
    EXPECT_EQ(value_of(sqlite_.reader().totals()).open(), 0) << "something was never handed out";
  }

  void settle_and_compare_all() {
    each([&](Store& store) { check(store.flush(now_)); });
    maintain();
    compare([&](Reader& reader) { return describe_all(reader, now_); });
  }

  std::mt19937_64 random_;
  WallTime now_ = at(0);
  MemorySubject memory_;
  SqliteSubject sqlite_;
  std::map<std::uint64_t, core::ServiceId> service_ids_;
  std::map<std::uint64_t, core::RuleId> rule_ids_;
  std::map<core::ServiceId, Lane> lanes_;
  std::vector<core::Delivery> finished_;
  std::uint64_t last_id_ = 0;
};

class ComparisonTest : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, ComparisonTest, testing::Range<std::uint64_t>(1, 13));

TEST_P(ComparisonTest, BothStoresShowTheSame) {
  Comparison{GetParam(), 100'000, true}.run(150);
}

/// Deliveries of old events get pending rows while the dispatcher holds them.
TEST_P(ComparisonTest, ASmallWindowChangesNothing) {
  Comparison{GetParam(), 4, false}.run(150);
}

}  // namespace
}  // namespace mih::store
