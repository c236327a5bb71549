#include "bench/bench.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace mih::bench {
namespace {

int run(std::vector<std::string> args) {
  return run_bench(args);
}

TEST(RunBench, RefusesWhatItDoesNotKnow) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(run({"everything"}), 2);
  EXPECT_EQ(run({"deliver", "--seconds", "0"}), 2);
  EXPECT_EQ(run({"deliver", "--ids", "-1"}), 2);
  EXPECT_EQ(run({"deliver", "--out", "/no/such/directory"}), 2);
  testing::internal::GetCapturedStderr();
}

TEST(RunBench, HelpsAtEveryLevel) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_EQ(run({"deliver", "--help"}), 0);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("--warmup"), std::string::npos);
}

}  // namespace
}  // namespace mih::bench
