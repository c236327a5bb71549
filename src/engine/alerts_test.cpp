#include "engine/alerts.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace mih::engine {
namespace {

using core::AlertKind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using What = AlertChange::What;

constexpr std::int64_t kMiB = 1 << 20;

class AlertsTest : public ::testing::Test {
 protected:
  AlertsTest() {
    readings_.services.resize(2);
    readings_.services[0].service.value = 7;
    readings_.services[0].name = "crm";
    readings_.services[1].service.value = 8;
    readings_.services[1].name = "erp";
    readings_.free_disk = 1000 * kMiB;
    readings_.min_free_disk = 100 * kMiB;
  }

  ServiceReading& crm() { return readings_.services[0]; }

  /// What changed, as "+kind" and "-kind".
  std::string after(std::chrono::milliseconds wait) {
    now_ += wait;
    std::string text;
    for (const auto& change : alerts_.update(readings_, seconds{300}, now_)) {
      if (!text.empty()) text += ' ';
      text += change.what == What::kRaised ? '+' : '-';
      text += core::name_of(change.alert.kind);
    }
    return text;
  }
  void restart() { alerts_ = Alerts{alerts_.all()}; }

  WallTime now_ = from_unix_ms(1'708'258'939'000);
  AlertReadings readings_;
  Alerts alerts_{{}};
};

TEST_F(AlertsTest, ACircuitAlertsOnceItHasBeenOpenForLong) {
  EXPECT_EQ(after(seconds{0}), "");
  crm().circuit_open = true;
  const auto since = now_ + seconds{1};
  EXPECT_EQ(after(seconds{1}), "");
  EXPECT_EQ(after(seconds{299}), "");
  EXPECT_TRUE(alerts_.raised().empty());
  EXPECT_EQ(after(seconds{1}), "+circuit_open");
  ASSERT_EQ(alerts_.raised().size(), 1U);
  EXPECT_EQ(alerts_.raised()[0].since, since);
  EXPECT_EQ(alerts_.raised()[0].service_name, "crm");
  EXPECT_NE(alerts_.raised()[0].message.find("crm"), std::string::npos);
  EXPECT_EQ(after(hours{10}), "") << "raised once";
  crm().circuit_open = false;
  EXPECT_EQ(after(seconds{1}), "-circuit_open");
  EXPECT_EQ(after(seconds{1}), "") << "cleared once";
  EXPECT_TRUE(alerts_.all().empty());
}

TEST_F(AlertsTest, ASiteThatIsNotHeardOfAlertsUntilItIs) {
  readings_.listening_since = now_;
  readings_.sites = {{core::SiteId{3}, "main", now_ - hours{5}, 0}};
  EXPECT_EQ(after(minutes{15}), "") << "it could not be heard while the hub was away";
  EXPECT_EQ(after(seconds{1}), "+site_silent");
  ASSERT_EQ(alerts_.raised().size(), 1U);
  EXPECT_EQ(alerts_.raised()[0].site_name, "main");
  EXPECT_EQ(alerts_.raised()[0].service_name, "");
  restart();
  readings_.listening_since = now_;
  EXPECT_EQ(after(minutes{1}), "") << "a restart raises nothing again, nor clears it";
  readings_.sites[0].last_seen = now_;
  EXPECT_EQ(after(seconds{1}), "-site_silent");
  EXPECT_EQ(after(minutes{14}), "");
}

TEST_F(AlertsTest, AnOutboxThatDoesNotGetEmptyAlerts) {
  readings_.sites = {{core::SiteId{3}, "main", now_ + hours{1}, 500},
                     {core::SiteId{4}, "other", now_ + hours{1}, 0}};
  EXPECT_EQ(after(seconds{1}), "");
  EXPECT_EQ(after(minutes{14}), "");
  readings_.sites[0].outbox_rows = 0;
  EXPECT_EQ(after(minutes{1}), "");
  readings_.sites[0].outbox_rows = 1;
  EXPECT_EQ(after(seconds{1}), "");
  EXPECT_EQ(after(minutes{15}), "+site_outbox");
  readings_.sites.erase(readings_.sites.begin());
  EXPECT_EQ(after(seconds{1}), "-site_outbox") << "the site is not connected any more";
}

TEST_F(AlertsTest, MessagesThatWaitForMoodleAlert) {
  crm().oldest_inbound = now_;
  EXPECT_EQ(after(minutes{15}), "");
  EXPECT_EQ(after(seconds{1}), "+inbound_waiting");
  crm().oldest_inbound = now_ - minutes{12};
  EXPECT_EQ(after(seconds{1}), "") << "not yet over";
  crm().oldest_inbound = std::nullopt;
  EXPECT_EQ(after(seconds{1}), "-inbound_waiting");
}

TEST_F(AlertsTest, AResponseQueueThatIsMissingAlertsAtOnce) {
  crm().response_queue = {.what = "404 no queue", .lasting = true};
  EXPECT_EQ(after(seconds{1}), "+response_queue");
  EXPECT_NE(alerts_.raised().at(0).message.find("404 no queue"), std::string::npos);
  EXPECT_EQ(after(hours{1}), "");
  crm().response_queue = {};
  EXPECT_EQ(after(seconds{1}), "-response_queue");
}

TEST_F(AlertsTest, AResponseQueueWhoseBrokerIsAwayAlertsWhenThatLasts) {
  crm().response_queue = {.what = "connection refused", .lasting = false};
  EXPECT_EQ(after(seconds{1}), "");
  EXPECT_EQ(after(seconds{299}), "");
  EXPECT_EQ(after(seconds{1}), "+response_queue");
}

TEST_F(AlertsTest, ACircuitThatClosesInTimeSaysNothing) {
  crm().circuit_open = true;
  EXPECT_EQ(after(seconds{1}), "");
  crm().circuit_open = false;
  EXPECT_EQ(after(seconds{299}), "");
  crm().circuit_open = true;
  EXPECT_EQ(after(seconds{299}), "") << "the wait begins again";
}

TEST_F(AlertsTest, ARestartRaisesNothingAgainAndKeepsTheWait) {
  crm().circuit_open = true;
  after(seconds{1});
  after(seconds{200});
  restart();
  EXPECT_EQ(after(seconds{100}), "+circuit_open") << "the time before the restart counts";
  restart();
  EXPECT_EQ(after(seconds{1}), "");
  restart();
  crm().circuit_open = false;
  EXPECT_EQ(after(seconds{1}), "-circuit_open");
}

TEST_F(AlertsTest, DeadLettersAlertWhileTheyAreNew) {
  crm().dead_letters = 3;
  crm().newest_dead_letter = now_ - hours{1};
  EXPECT_EQ(after(seconds{1}), "") << "old ones are no news";
  crm().newest_dead_letter = now_;
  EXPECT_EQ(after(seconds{1}), "+dead_letters");
  crm().dead_letters = 4;
  crm().newest_dead_letter = now_ + minutes{10};
  EXPECT_EQ(after(minutes{10}), "");
  EXPECT_EQ(after(minutes{14}), "");
  EXPECT_EQ(after(minutes{1}), "-dead_letters");
  crm().newest_dead_letter = now_;
  EXPECT_EQ(after(seconds{1}), "+dead_letters");
  crm().dead_letters = 0;
  EXPECT_EQ(after(seconds{1}), "-dead_letters") << "none is left";
}

TEST_F(AlertsTest, AnOldDeliveryAlertsUntilAllAreClearlyYounger) {
  crm().oldest = now_;
  EXPECT_EQ(after(minutes{15}), "");
  EXPECT_EQ(after(seconds{1}), "+oldest_pending");
  crm().oldest = now_ - minutes{12};
  EXPECT_EQ(after(seconds{1}), "") << "it could be back in a moment";
  crm().oldest = now_ - minutes{9};
  EXPECT_EQ(after(seconds{1}), "-oldest_pending");
}

TEST_F(AlertsTest, ABacklogThatIsNotKnownYetClearsNothing) {
  crm().oldest = now_ - minutes{20};
  EXPECT_EQ(after(seconds{1}), "+oldest_pending");
  restart();
  crm().oldest.reset();
  crm().backlog_known = false;
  EXPECT_EQ(after(seconds{1}), "");
  crm().backlog_known = true;
  EXPECT_EQ(after(seconds{1}), "-oldest_pending");
}

TEST_F(AlertsTest, OverflowAlertsWhileItIsNew) {
  crm().newest_overflow = now_;
  EXPECT_EQ(after(seconds{1}), "+overflow");
  EXPECT_EQ(after(minutes{15}), "-overflow");
}

TEST_F(AlertsTest, ALowDiskAlertsBeforeTheIntakeStops) {
  readings_.free_disk = 200 * kMiB;
  EXPECT_EQ(after(seconds{1}), "");
  readings_.free_disk = 199 * kMiB;
  EXPECT_EQ(after(seconds{1}), "+disk_low");
  EXPECT_FALSE(alerts_.raised()[0].service);
  readings_.free_disk = 240 * kMiB;
  EXPECT_EQ(after(seconds{1}), "");
  readings_.free_disk = 250 * kMiB;
  EXPECT_EQ(after(seconds{1}), "-disk_low");
}

TEST_F(AlertsTest, EachServiceHasItsOwn) {
  readings_.services[0].newest_overflow = now_;
  readings_.services[1].newest_overflow = now_ + minutes{5};
  EXPECT_EQ(after(minutes{5}), "+overflow +overflow");
  EXPECT_EQ(after(minutes{10}), "-overflow");
  ASSERT_EQ(alerts_.raised().size(), 1U);
  EXPECT_EQ(alerts_.raised()[0].service_name, "erp");
}

TEST_F(AlertsTest, TheAlertsOfARemovedServiceAreOver) {
  crm().newest_overflow = now_;
  crm().circuit_open = true;
  EXPECT_EQ(after(seconds{1}), "+overflow");
  readings_.services.erase(readings_.services.begin());
  EXPECT_EQ(after(seconds{1}), "-overflow") << "the circuit was only watched";
  EXPECT_TRUE(alerts_.all().empty());
}

TEST_F(AlertsTest, AClockThatIsSetBackDoesNotPutOffAnAlertForLong) {
  crm().circuit_open = true;
  after(seconds{1});
  EXPECT_EQ(after(-hours{5}), "");
  EXPECT_EQ(after(seconds{300}), "+circuit_open");
}

TEST_F(AlertsTest, TheEventTellsWhatChangedUnderAnIdOfItsOwn) {
  crm().circuit_open = true;
  alerts_.update(readings_, seconds{0}, now_);
  const core::Alert alert = alerts_.raised().at(0);
  const std::string raised_text = alert_event({What::kRaised, alert}, now_ + seconds{9});
  json::Document raised;
  ASSERT_TRUE(raised.parse(raised_text));
  const auto event = raised.root();
  EXPECT_EQ(event.find("eventname")->as_string(), kAlertEvent);
  EXPECT_EQ(event.find("id")->as_string(), "alert-circuit_open-7-1708258939000-raised");
  EXPECT_EQ(event.find("timecreated")->raw(), "1708258948");
  const auto other = *event.find("other");
  EXPECT_EQ(other.find("kind")->as_string(), "circuit_open");
  EXPECT_EQ(other.find("state")->as_string(), "raised");
  EXPECT_EQ(other.find("service")->as_string(), "crm");
  EXPECT_EQ(other.find("message")->as_string(), alert.message);
  const std::string cleared_text = alert_event({What::kCleared, alert}, now_ + seconds{9});
  json::Document cleared;
  ASSERT_TRUE(cleared.parse(cleared_text));
  EXPECT_NE(cleared.root().find("id")->as_string(), event.find("id")->as_string());
}

}  // namespace
}  // namespace mih::engine
