#include "bench/hub_process.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "bench/scratch_dir.hpp"

namespace mih::bench {
namespace {

class HubProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = ScratchDir::make(std::filesystem::temp_directory_path(), "mih-test");
    ASSERT_TRUE(made) << made.error().detail;
    dir_.emplace(std::move(*made));
    options_.data_dir = dir_->path();
    options_.program = dir_->path() / "hub";
  }

  /// The program that is started in place of the hub.
  void program(std::string_view script) {
    std::ofstream{options_.program} << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(options_.program, std::filesystem::perms::owner_all);
  }

  std::optional<ScratchDir> dir_;
  HubProcess::Options options_;
};

TEST_F(HubProcessTest, LearnsTheUrlAndStopsInAnOrderlyWay) {
  program("trap 'exit 7' TERM; echo listening on http://127.0.0.1:8123; while :; do read x; done");
  options_.data_dir = dir_->path();
  const auto hub = HubProcess::start(options_);
  ASSERT_TRUE(hub) << hub.error().detail;
  EXPECT_EQ((*hub)->url(), "http://127.0.0.1:8123");
  EXPECT_EQ((*hub)->endpoint().port, 8123);
  EXPECT_GT((*hub)->usage().peak_bytes, 0);
  EXPECT_EQ((*hub)->stop(), 7);
}

TEST_F(HubProcessTest, TellsTheHubWhereItsDataIsAndThatLoopbackIsAllowed) {
  setenv("MIH_LISTEN", "127.0.0.1:1", 1);
  program(
      "echo \"$@\" > arguments; echo $MIH_ALLOWED_PRIVATE $MIH_LISTEN >> arguments;"
      "echo listening on http://127.0.0.1:8123; exec sleep 60");
  ASSERT_TRUE(HubProcess::start(options_));
  unsetenv("MIH_LISTEN");
  std::ifstream file{dir_->path() / "arguments"};
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "serve --data " + dir_->path().string() + " --listen 127.0.0.1:0");
  std::getline(file, line);
  EXPECT_EQ(line, "127.0.0.0/8");
}

TEST_F(HubProcessTest, SaysWhyTheHubDidNotStart) {
  program("echo no such luck >&2; exit 2");
  const auto hub = HubProcess::start(options_);
  ASSERT_FALSE(hub);
  EXPECT_NE(hub.error().detail.find("no such luck"), std::string::npos) << hub.error().detail;
}

TEST_F(HubProcessTest, RefusesAFirstLineItDoesNotKnow) {
  program("echo hello; exec sleep 60");
  const auto hub = HubProcess::start(options_);
  ASSERT_FALSE(hub);
  EXPECT_NE(hub.error().detail.find("hello"), std::string::npos);
}

TEST_F(HubProcessTest, DoesNotWaitForEver) {
  program("exec sleep 60");
  options_.start_limit = std::chrono::milliseconds{1};
  EXPECT_FALSE(HubProcess::start(options_));
}

}  // namespace
}  // namespace mih::bench
