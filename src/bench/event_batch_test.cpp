#include "bench/event_batch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/corpus.hpp"

namespace mih::bench {
namespace {

using nlohmann::json;

TEST(RecordedEvents, AreMoodleEventsWithoutAnId) {
  std::set<std::string> names;
  for (const auto line : recorded_events()) {
    const json event = json::parse(line);
    EXPECT_TRUE(event.at("eventname").get<std::string>().starts_with("\\")) << line;
    EXPECT_FALSE(event.contains("id")) << line;
    names.insert(event["eventname"]);
  }
  EXPECT_EQ(recorded_events().size(), 300u);
  EXPECT_EQ(names.size(), 300u);
}

TEST(EventBatcher, PostsOneEventAsAnObject) {
  EventBatch batch;
  EventBatcher{3}.fill(batch, 1, from_unix_ms(1'700'000'000'000));
  json event = json::parse(batch.body);
  ASSERT_EQ(batch.ids.size(), 1u);
  EXPECT_EQ(event.at("id"), to_text(batch.ids[0]));
  event.erase("id");
  EXPECT_EQ(event, json::parse(recorded_events()[3]));
}

TEST(EventBatcher, PostsSeveralAsAnArrayRoundTheCorpus) {
  EventBatch batch;
  EventBatcher batcher{recorded_events().size() - 1};
  batcher.fill(batch, 3, from_unix_ms(1'700'000'000'000));
  const json events = json::parse(batch.body);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1]["eventname"], json::parse(recorded_events()[0])["eventname"]);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i]["id"], to_text(batch.ids[i]));
    ids.insert(events[i]["id"]);
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST(EventId, KeepsEveryDigit) {
  constexpr std::string_view kId = "0190f3a1-b2c4-7d5e-8f60-123456789abc";
  EXPECT_EQ(to_text(parse_event_id(kId)), kId);
}

}  // namespace
}  // namespace mih::bench
