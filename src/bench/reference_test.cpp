#include "bench/reference.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/corpus.hpp"

namespace mih::bench {
namespace {

TEST(RenderedRequests, AreThoseOfTheTenPlaceholderRule) {
  const auto requests = rendered_requests("http://127.0.0.1:1");
  ASSERT_TRUE(requests) << requests.error().detail;
  ASSERT_EQ(requests->size(), recorded_events().size());
  for (std::size_t i = 0; i < requests->size(); ++i) {
    const auto event = nlohmann::json::parse(recorded_events()[i]);
    const auto& request = (*requests)[i];
    const auto body = nlohmann::json::parse(request.body);
    EXPECT_EQ(body.size(), 10u);
    EXPECT_EQ(body["event"], event["eventname"]);
    EXPECT_EQ(body["details"], event["other"]);
    EXPECT_EQ(request.url, "http://127.0.0.1:1/events");
    EXPECT_EQ(request.method, "POST");
    EXPECT_GT(request.timeout.count(), 0);
  }
}

TEST(MeasureReference, CountsEveryRequest) {
  const auto figures =
      measure_reference({.time = std::chrono::seconds{0}, .concurrency = 1, .rate = 0});
  ASSERT_TRUE(figures) << figures.error().detail;
  EXPECT_EQ(figures->per_second, 0);
}

}  // namespace
}  // namespace mih::bench
