#include <gtest/gtest.h>

#include "support/stores.hpp"

/// What every store must count: statistics by time, figures of dead letters, flags of rules,
/// alerts.
namespace mih::store {
namespace {

using namespace mih::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

template <class Kind>
class StatisticsTest : public testing::Test {
 protected:
  StatisticsTest() {
    crm_ = value_of(store().save_service(make_service("crm"), kStart));
    erp_ = value_of(store().save_service(make_service("erp"), kStart));
    rule_ = value_of(store().save_rule(make_rule("to crm", crm_), kStart));
    for (const auto service : {crm_.id, erp_.id})
      EXPECT_TRUE(value_of(store().load(service, {}, 10)).drained);
  }

  /// The full hour before 2024-02-18T12:22:19Z.
  static constexpr WallTime kStart{std::chrono::seconds{1'708'257'600}};

  Store& store() { return subject_.store(); }
  Reader& reader() { return subject_.reader(); }

  Batch commit(Batch batch, WallTime now) {
    batch.now = now;
    check(store().commit(batch));
    return batch;
  }
  core::Delivery accept(const std::string& id, WallTime now, core::ServiceId service = {}) {
    Batch batch;
    batch.events.push_back(make_entry(
        id, now, {{.rule = rule_.id, .service = service ? service : crm_.id, .ordering_key = ""}}));
    return commit(std::move(batch), now).ready.at(0);
  }
  void record(DeliveryUpdate update, WallTime now) {
    Batch batch;
    batch.updates.push_back(std::move(update));
    commit(std::move(batch), now);
  }
  void call(core::ServiceId service, WallTime now, milliseconds latency, bool success = true) {
    Batch batch;
    batch.calls.push_back(make_call(service, now, success));
    batch.calls.back().latency = latency;
    commit(std::move(batch), now);
  }
  void maintain(WallTime now) {
    check(store().flush(now));
    while (value_of(store().maintain(now))) {
    }
  }
  std::vector<SeriesPoint> series(core::ServiceId service, std::int64_t steps = 3,
                                  std::int64_t step_s = 60, WallTime from = kStart) {
    return value_of(reader().series(
        {.service = service, .from_s = to_unix_s(from), .step_s = step_s, .steps = steps}));
  }
  DeadLetterFigures figures(const std::string& name) {
    return value_of(reader().dead_letter_figures())[name];
  }

  Kind subject_;
  core::Service crm_;
  core::Service erp_;
  core::Rule rule_;
};

using Kinds = testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(StatisticsTest, Kinds);

TYPED_TEST(StatisticsTest, CountsByServiceAndMinute) {
  const auto start = this->kStart;
  const auto a = this->accept("a", start);
  const auto b = this->accept("b", start + minutes{1});
  const auto c = this->accept("c", start + minutes{1}, this->erp_.id);
  this->record(retrying(a, start), start);
  this->record(delivered(a, start), start + minutes{1});
  this->record(dead(b, start), start + minutes{1});
  this->record(delivered(c, start), start + minutes{1});
  this->maintain(start + minutes{1});

  const auto all = this->series({});
  ASSERT_TRUE(all[0] && all[1]);
  EXPECT_FALSE(all[2]) << "nothing is known of the time to come";
  EXPECT_EQ(all[0]->accepted, 1);
  EXPECT_EQ(all[0]->retried, 1);
  EXPECT_EQ(all[0]->delivered, 0);
  EXPECT_EQ(all[1]->accepted, 2);
  EXPECT_EQ(all[1]->delivered, 2);
  EXPECT_EQ(all[1]->dead, 1);

  const auto crm = this->series(this->crm_.id);
  EXPECT_EQ(crm[1]->accepted, 1);
  EXPECT_EQ(crm[1]->delivered, 1);
  EXPECT_EQ(crm[1]->dead, 1);
  const auto erp = this->series(this->erp_.id);
  ASSERT_TRUE(erp[0]) << "the hub ran, the service had nothing to do";
  EXPECT_EQ(erp[0]->accepted, 0);
  EXPECT_EQ(erp[1]->delivered, 1);

  const auto hour = this->series(this->crm_.id, 1, 3600);
  EXPECT_EQ(hour[0]->accepted, 2);
  EXPECT_EQ(hour[0]->retried, 1);
}

TYPED_TEST(StatisticsTest, LatenciesOfCallsMakeAHistogram) {
  for (int ms = 1; ms <= 4; ++ms)
    this->call(this->crm_.id, this->kStart, milliseconds{ms}, ms != 4);
  this->call(this->erp_.id, this->kStart, milliseconds{7});
  this->maintain(this->kStart);
  const auto crm = this->series(this->crm_.id)[0];
  EXPECT_EQ(crm->calls, 4);
  EXPECT_EQ(crm->failed, 1);
  EXPECT_EQ(crm->latency.percentile(0.5), milliseconds{2});
  EXPECT_EQ(this->series({})[0]->latency.percentile(1.0), milliseconds{7});
  EXPECT_EQ(this->series({})[0]->calls, 5);
}

TYPED_TEST(StatisticsTest, AttemptsInsideASynchronousCallCount) {
  Batch batch;
  batch.calls.push_back(make_call(this->crm_.id, this->kStart, true));
  batch.calls.back().kind = CallKind::kGateway;
  batch.calls.back().attempt_count = 3;
  this->commit(std::move(batch), this->kStart);
  this->maintain(this->kStart);
  EXPECT_EQ(this->series(this->crm_.id)[0]->retried, 2);
}

TYPED_TEST(StatisticsTest, TheHighestBacklogOfAMinuteIsKept) {
  const auto start = this->kStart;
  this->maintain(start);
  const auto a = this->accept("a", start);
  this->accept("b", start, this->erp_.id);
  this->maintain(start + minutes{1});
  this->record(delivered(a, start), start + minutes{1});
  this->maintain(start + minutes{1});
  this->maintain(start + minutes{2});
  this->accept("c", start + minutes{2});
  this->maintain(start + minutes{2});
  const auto backlogs = [&](core::ServiceId service) {
    std::vector<std::int64_t> found;
    for (const auto& point : this->series(service, 4))
      found.push_back(point ? point->backlog.value_or(-1) : -2);
    return found;
  };
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(backlogs({}), (Numbers{0, 2, 2, -2}));
  EXPECT_EQ(backlogs(this->crm_.id), (Numbers{0, 1, 1, -2}));
  EXPECT_EQ(backlogs(this->erp_.id), (Numbers{0, 1, 1, -2}));
  EXPECT_EQ(this->series({}, 1, 240)[0]->backlog, 2) << "of a longer step the highest";
  this->subject_.reopen();
  EXPECT_EQ(backlogs({}), (Numbers{0, 2, 2, -2}));
}

TYPED_TEST(StatisticsTest, IsKeptForThirtyDays) {
  const auto start = this->kStart;
  this->call(this->crm_.id, start, milliseconds{5});
  this->maintain(start);
  this->maintain(start + std::chrono::days{30});
  EXPECT_TRUE(this->series(this->crm_.id)[0]);
  this->maintain(start + std::chrono::days{30} + hours{1});
  EXPECT_FALSE(this->series(this->crm_.id)[0]);
  EXPECT_FALSE(this->series({})[0]);
}

TYPED_TEST(StatisticsTest, FiguresOfServicesDoNotNeedTheLog) {
  core::Settings settings;
  settings.max_log_entries = 1;
  check(this->store().save_settings(settings));
  this->accept("a", this->kStart);
  for (const int ms : {10, 20, 60})
    this->call(this->crm_.id, this->kStart, milliseconds{ms}, ms != 60);
  this->maintain(this->kStart);
  check(this->store().clear_log());
  const auto crm = value_of(this->reader().statistics(this->kStart + hours{23}))[this->crm_.id];
  EXPECT_EQ(crm.avg_latency_ms, 30);
  EXPECT_EQ(crm.errors_24h, 1);
  const auto later = value_of(this->reader().statistics(this->kStart + hours{25}))[this->crm_.id];
  EXPECT_EQ(later.avg_latency_ms, std::nullopt);
  EXPECT_EQ(later.errors_24h, 0);
}

TYPED_TEST(StatisticsTest, AnAttemptThatIsMadeAgainIsUseAndAnErrorToo) {
  const auto start = this->kStart;
  auto waiting = this->accept("a", start);
  this->record(retrying(waiting, start), start);
  this->record(retrying(waiting, start + minutes{1}), start + minutes{1});
  this->maintain(start + minutes{1});
  const auto crm = value_of(this->reader().statistics(start + minutes{2}))[this->crm_.id];
  EXPECT_EQ(crm.errors_24h, 2) << "although no call has ended";
  EXPECT_EQ(crm.last_used_s, to_unix_s(start + minutes{1}));
  EXPECT_EQ(crm.avg_latency_ms, std::nullopt);
  EXPECT_EQ(value_of(this->reader().statistics(start))[this->erp_.id].last_used_s, std::nullopt);
  this->subject_.reopen();
  EXPECT_EQ(value_of(this->reader().statistics(start))[this->crm_.id].last_used_s,
            to_unix_s(start + minutes{1}));
}

TYPED_TEST(StatisticsTest, DeadLettersAreCountedByService) {
  const auto start = this->kStart;
  for (const char* id : {"a", "b"})
    this->record(dead(this->accept(id, start), start), start);
  this->record(dead(this->accept("c", start, this->erp_.id), start + hours{1}), start + hours{1});
  const auto letters = value_of(this->reader().find_dead_letters({}));
  const auto bytes = value_of(this->reader().dead_letter(letters[0]))->bytes();
  EXPECT_GT(bytes, 0);
  EXPECT_EQ(this->figures("crm").letters, 2);
  EXPECT_EQ(this->figures("crm").bytes, 2 * bytes);
  EXPECT_EQ(this->figures("crm").newest, start);
  EXPECT_EQ(this->figures("crm").newest_overflow, std::nullopt);
  EXPECT_EQ(this->figures("erp").letters, 1);
  EXPECT_EQ(this->figures("erp").newest, start + hours{1});

  value_of(remove_letters(this->store(), {letters[0]}));
  EXPECT_EQ(this->figures("crm").letters, 1);
  EXPECT_EQ(this->figures("crm").bytes, bytes);
  EXPECT_EQ(this->figures("crm").newest, start);

  std::vector<core::Delivery> ready;
  value_of(replay(this->store(), {letters[1]}, start + hours{2}, ready));
  EXPECT_EQ(this->figures("crm").letters, 1) << "replaying, not gone";
  auto again = dead(ready.at(0), start + hours{2});
  again.letter->payload += "12345";
  this->record(std::move(again), start + hours{2});
  EXPECT_EQ(this->figures("crm").letters, 1);
  EXPECT_EQ(this->figures("crm").bytes, bytes + 5);
  EXPECT_EQ(this->figures("crm").newest, start) << "a replay that failed is no new one";

  value_of(this->store().remove_service(this->crm_.id, start + hours{3}));
  EXPECT_EQ(this->figures("crm").letters, 1) << "those of a removed service keep its name";
}

TYPED_TEST(StatisticsTest, OverflowsAreToldApart) {
  this->crm_.max_backlog = 1;
  value_of(this->store().save_service(this->crm_, this->kStart));
  this->accept("a", this->kStart);
  Batch batch;
  batch.events.push_back(make_entry("b", this->kStart, {{this->rule_.id, this->crm_.id, ""}}));
  this->commit(std::move(batch), this->kStart + minutes{1});
  EXPECT_EQ(this->figures("crm").newest_overflow, this->kStart + minutes{1});
  EXPECT_EQ(this->figures("crm").letters, 1);
}

TYPED_TEST(StatisticsTest, ARuleIsFlaggedUntilItIsSaved) {
  const auto start = this->kStart;
  const auto flagged = [&] { return value_of(this->reader().flagged_rules()); };
  this->record(dead(this->accept("a", start), start), start);
  EXPECT_TRUE(flagged().empty());
  for (const int minute : {1, 2}) {
    auto update = dead(this->accept(std::to_string(minute), start), start);
    update.gone = true;
    this->record(std::move(update), start + minutes{minute});
  }
  EXPECT_EQ(flagged(), (std::map<core::RuleId, WallTime>{{this->rule_.id, start + minutes{1}}}));
  this->subject_.reopen();
  EXPECT_EQ(flagged().size(), 1U);
  value_of(this->store().save_rule(this->rule_, start + minutes{3}));
  EXPECT_TRUE(flagged().empty());
}

TYPED_TEST(StatisticsTest, ARemovedRuleHasNoFlag) {
  auto update = dead(this->accept("a", this->kStart), this->kStart);
  auto late = dead(this->accept("b", this->kStart), this->kStart);
  update.gone = late.gone = true;
  this->record(std::move(update), this->kStart);
  check(this->store().remove_rule(this->rule_.id));
  EXPECT_TRUE(value_of(this->reader().flagged_rules()).empty());
  this->record(std::move(late), this->kStart);
  EXPECT_TRUE(value_of(this->reader().flagged_rules()).empty());
}

TYPED_TEST(StatisticsTest, AlertsAreKeptAsAWhole) {
  using core::AlertKind;
  const core::Alert disk{.kind = AlertKind::kDiskLow,
                         .service = {},
                         .service_name = "",
                         .site = {},
                         .site_name = "",
                         .since = this->kStart,
                         .raised = true,
                         .message = "free some"};
  const core::Alert circuit{.kind = AlertKind::kCircuitOpen,
                            .service = this->crm_.id,
                            .service_name = "crm",
                            .site = {},
                            .site_name = "",
                            .since = this->kStart + minutes{1},
                            .raised = false,
                            .message = ""};
  core::Alert silent{.kind = AlertKind::kSiteSilent,
                     .service = {},
                     .service_name = "",
                     .site = core::SiteId{3},
                     .site_name = "main",
                     .since = this->kStart + minutes{2},
                     .raised = true,
                     .message = "its cron"};
  auto another = silent;
  another.site = core::SiteId{4};
  using Alerts = std::vector<core::Alert>;
  check(this->store().save_alerts({another, silent, circuit, disk}));
  this->subject_.reopen();
  EXPECT_EQ(value_of(this->reader().alerts()), (Alerts{disk, circuit, silent, another}));
  check(this->store().save_alerts({circuit}));
  EXPECT_EQ(value_of(this->reader().alerts()), Alerts{circuit});
  check(this->store().save_alerts({}));
  EXPECT_TRUE(value_of(this->reader().alerts()).empty());
}

}  // namespace
}  // namespace mih::store
