#include "bench/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mih::bench {
namespace {

TEST(Figure, TakesTheMedian) {
  EXPECT_EQ((Figure{.name = "", .unit = "", .goal = "", .values = {5, 1, 3}}).median(), 3);
  EXPECT_EQ((Figure{.name = "", .unit = "", .goal = "", .values = {4, 1, 2, 3}}).median(), 2.5);
  EXPECT_EQ((Figure{.name = "", .unit = "", .goal = "", .values = {}}).median(), 0);
}

Report report_of_two_runs() {
  Report report;
  report.benchmark = "deliver";
  report.date = from_unix_ms(1'708'258'939'000);
  report.version = "1.2.3";
  report.commit = "abc";
  report.load = {{"seconds", "180"}};
  report.add("deliveries", "per s", 0, 41'000, "40,000");
  report.add("deliveries", "per s", 0, 43'000, "40,000");
  report.add("hub CPU", "us", 1, 21.26);
  return report;
}

TEST(Report, IsKeptAsJson) {
  const auto kept = nlohmann::json::parse(to_json(report_of_two_runs()));
  EXPECT_EQ(kept["date"], "2024-02-18T12:22:19Z");
  EXPECT_EQ(kept["commit"], "abc");
  EXPECT_EQ(kept["load"]["seconds"], "180");
  ASSERT_EQ(kept["figures"].size(), 2u);
  EXPECT_EQ(kept["figures"][0]["median"], 42'000);
  EXPECT_EQ(kept["figures"][0]["runs"].size(), 2u);
  EXPECT_EQ(kept["figures"][0]["goal"], "40,000");
}

TEST(Report, IsReadableAsMarkdown) {
  const std::string text = to_markdown(report_of_two_runs());
  EXPECT_NE(text.find("# mih bench deliver, 2024-02-18"), std::string::npos);
  EXPECT_NE(text.find("| deliveries | 42,000 | 41,000 to 43,000 | per s | 40,000 |"),
            std::string::npos);
  EXPECT_NE(text.find("| hub CPU | 21.3 | 21.3 to 21.3 | us |  |"), std::string::npos);
}

}  // namespace
}  // namespace mih::bench
