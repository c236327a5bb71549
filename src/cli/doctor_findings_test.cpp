#include "cli/doctor_findings.hpp"

#include <gtest/gtest.h>

namespace mih::cli {
namespace {

TEST(Findings, AreAsBadAsTheWorst) {
  Findings findings;
  EXPECT_EQ(findings.state(), Finding::State::kOk);
  findings.problem("disk", "full", "free some");
  findings.warn("hub", "stopped", "start it");
  findings.ok("version", "mih 1");
  EXPECT_EQ(findings.state(), Finding::State::kProblem);
}

TEST(Findings, AreShownWithWhatToDo) {
  Findings findings;
  findings.ok("version", "mih 1");
  findings.warn("disk", "nearly \x1b full", "free some");
  EXPECT_EQ(findings.as_text(),
            "ok       version  mih 1\n"
            "warning  disk     nearly \uFFFD full\n"
            "                  -> free some\n");
  EXPECT_EQ(findings.as_json(),
            R"({"status":"warning","checks":[)"
            R"({"check":"version","status":"ok","summary":"mih 1","advice":""},)"
            R"({"check":"disk","status":"warning","summary":"nearly \u001b full",)"
            R"("advice":"free some"}]})");
}

}  // namespace
}  // namespace mih::cli
