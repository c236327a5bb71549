#include "cli/event_batches.hpp"

#include <gtest/gtest.h>
#include <sstream>
#include <vector>

namespace mih::cli {
namespace {

std::vector<EventBatches::Batch> all(const std::string& text) {
  std::istringstream in{text};
  EventBatches batches{in};
  std::vector<EventBatches::Batch> out;
  while (auto batch = batches.next())
    out.push_back(std::move(*batch));
  return out;
}

TEST(EventBatches, AnArrayGoesAsItIs) {
  const auto batches = all("\n [{\"a\":1},\n{\"a\":2}]");
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].content_type, "application/json");
  EXPECT_EQ(batches[0].body, " [{\"a\":1},\n{\"a\":2}]");
}

TEST(EventBatches, AnObjectOverSeveralLinesIsOneEvent) {
  const auto batches = all("{\n  \"a\": 1\n}\n");
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].content_type, "application/json");
  EXPECT_EQ(batches[0].body, "{\n  \"a\": 1\n}\n");
}

TEST(EventBatches, LinesAreNdjsonWithOrWithoutALastBreak) {
  for (const char* text : {"{\"a\":1}\n\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}"}) {
    const auto batches = all(text);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].content_type, "application/x-ndjson");
    EXPECT_EQ(batches[0].body, "{\"a\":1}\n{\"a\":2}\n");
  }
}

TEST(EventBatches, ManyLinesAreCutIntoBatchesThatKnowTheirPlace) {
  std::string text;
  for (int i = 0; i < 2500; ++i)
    text += "{\"n\":" + std::to_string(i) + "}\n";
  const auto batches = all(text);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[1].first, 1000U);
  EXPECT_EQ(batches[2].first, 2000U);
  EXPECT_TRUE(batches[2].body.starts_with("{\"n\":2000}\n"));
  EXPECT_EQ(batches[0].body + batches[1].body + batches[2].body, text);
}

TEST(EventBatches, LongLinesMakeSmallerBatches) {
  const std::string line = "{\"a\":\"" + std::string(3 << 20, 'x') + "\"}\n";
  const auto batches = all(line + line);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].body, line);
  EXPECT_EQ(batches[1].body, line);
}

TEST(EventBatches, ABrokenFirstLineIsLeftToTheApi) {
  const auto batches = all("{broken\n{\"a\":1}\n");
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].content_type, "application/json");
}

TEST(EventBatches, ABrokenLaterLineStaysInItsBatch) {
  EXPECT_EQ(all("{\"a\":1}\nbroken\n").at(0).body, "{\"a\":1}\nbroken\n");
}

TEST(EventBatches, NothingIsNothing) {
  EXPECT_TRUE(all("").empty());
  EXPECT_TRUE(all("\n \n").empty());
}

}  // namespace
}  // namespace mih::cli
