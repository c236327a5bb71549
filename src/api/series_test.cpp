#include <fmt/format.h>

#include "api/testing/server_test.hpp"

/// GET /api/v1/stats/series
namespace mih::api {
namespace {

using core::Role;
using nlohmann::json;
using std::chrono::milliseconds;

class SeriesTest : public testing::ServerTest {
 protected:
  testing::RawResponse get(std::string_view query) {
    return as(Role::kView).request("GET", fmt::format("/api/v1/stats/series?{}", query));
  }
  std::int64_t now_s() { return to_unix_s(clock_.now().wall); }
};

TEST_F(SeriesTest, EachMetricHasItsValue) {
  core::Counts counts;
  counts.accepted = 1;
  counts.delivered = 2;
  counts.dead = 3;
  counts.calls = 9;
  counts.failed = 4;
  counts.retried = 5;
  counts.backlog = 6;
  for (int ms = 1; ms <= 7; ++ms)
    counts.latency.add(milliseconds{ms});
  hub_.reader.steps = {counts, core::Counts{}};
  const auto from = now_s() / 60 * 60 - 120;
  const auto values = [&](std::string_view metric) {
    const auto body = get(fmt::format("metric={}&from={}&to={}", metric, from, from + 180)).json();
    EXPECT_EQ(body["step"], 60);
    json out = json::array();
    for (std::size_t i = 0; i < body["points"].size(); ++i) {
      EXPECT_EQ(body["points"][i][0], from + static_cast<std::int64_t>(i) * 60);
      out.push_back(body["points"][i][1]);
    }
    return out;
  };
  EXPECT_EQ(values("accepted"), (json{1, 0, nullptr}));
  EXPECT_EQ(values("delivered"), (json{2, 0, nullptr}));
  EXPECT_EQ(values("failed"), (json{9, 0, nullptr}));
  EXPECT_EQ(values("dead"), (json{3, 0, nullptr}));
  EXPECT_EQ(values("latency_p50"), (json{4, nullptr, nullptr}));
  EXPECT_EQ(values("latency_p95"), (json{7, nullptr, nullptr}));
  EXPECT_EQ(values("latency_p99"), (json{7, nullptr, nullptr}));
  EXPECT_EQ(values("backlog"), (json{6, nullptr, nullptr}));
}

TEST_F(SeriesTest, WithoutTimesItIsTheLastHour) {
  const auto before = now_s();
  const auto points = get("metric=accepted").json()["points"];
  const auto after = now_s();
  ASSERT_GE(points.size(), 60U);
  EXPECT_LE(points.size(), 61U);
  EXPECT_EQ(points[0][0].get<std::int64_t>() % 60, 0);
  EXPECT_LE(points[0][0], after - 3600);
  EXPECT_GE(points.back()[0].get<std::int64_t>() + 60, before);
}

TEST_F(SeriesTest, TheStepsCoverTheWholeRangeAtMultiplesOfTheStep) {
  const auto hour = now_s() / 3600 * 3600;
  const auto ask = [&](std::int64_t from, std::int64_t to, int step) {
    const auto response = get(fmt::format("metric=dead&from={}&to={}&step={}", from, to, step));
    EXPECT_EQ(response.status, 200) << response.body;
    return hub_.reader.ranges.back();
  };
  auto range = ask(hour - 3599, hour, 3600);
  EXPECT_EQ(range.from_s, hour - 3600);
  EXPECT_EQ(range.steps, 1);
  range = ask(hour - 1, hour + 1, 120);
  EXPECT_EQ(range.from_s, hour - 120);
  EXPECT_EQ(range.steps, 2);
  range = ask(hour - 300'000, hour, 60);
  EXPECT_EQ(range.steps, 5000);
}

TEST_F(SeriesTest, OfOneService) {
  const auto crm = hub_.add_service("crm");
  get("metric=backlog");
  EXPECT_FALSE(hub_.reader.ranges.back().service);
  get("metric=backlog&service=crm");
  EXPECT_EQ(hub_.reader.ranges.back().service, crm);
  expect_problem(get("metric=backlog&service=nobody"), 404, "service_not_found");
}

TEST_F(SeriesTest, FaultsAreNamed) {
  const auto now = now_s();
  for (const auto& [query, field] : {
           std::pair<std::string, std::string>{"", "metric"},
           {"metric=speed", "metric"},
           {"metric=dead&step=61", "step"},
           {"metric=dead&step=0", "step"},
           {"metric=dead&step=-60", "step"},
           {"metric=dead&step=x", "step"},
           {"metric=dead&step=5184000", "step"},
           {"metric=dead&from=x", "from"},
           {fmt::format("metric=dead&from={}&to={}", now, now), "from"},
           {fmt::format("metric=dead&from={}&to={}", now, now - 60), "from"},
           {"metric=dead&from=-9223372036854775808", "from"},
           {"metric=dead&to=9223372036854775807", "to"},
           {fmt::format("metric=dead&from={}&to={}&step=60", now - 300'060, now), "step"},
       }) {
    const auto response = get(query);
    expect_problem(response, 422, "validation_failed");
    bool named = false;
    for (const auto& error : response.json()["errors"])
      named = named || error["field"] == field;
    EXPECT_TRUE(named) << query << response.body;
  }
}

TEST_F(SeriesTest, TheStepThatIsProposedIsEnough) {
  const auto now = now_s();
  const auto span = fmt::format("metric=dead&from={}&to={}", now - 30 * 86'400, now);
  const auto detail = get(span).json()["detail"].get<std::string>();
  const auto at = detail.find("step=");
  ASSERT_NE(at, std::string::npos) << detail;
  EXPECT_EQ(get(fmt::format("{}&step={}", span, std::stoi(detail.substr(at + 5)))).status, 200);
}

}  // namespace
}  // namespace mih::api
