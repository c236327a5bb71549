#include "cli/progress.hpp"

#include <gtest/gtest.h>

namespace mih::cli {
namespace {

TEST(Progress, ShowsHowMuchIsDone) {
  EXPECT_EQ(progress_text("copying", 0, 200), "copying   [------------------------------]   0 %");
  EXPECT_EQ(progress_text("copying", 100, 200), "copying   [###############---------------]  50 %");
  EXPECT_EQ(progress_text("copying", 200, 200), "copying   [##############################] 100 %");
}

TEST(Progress, IsNeverMoreThanAll) {
  EXPECT_EQ(progress_text("copying", 300, 200), progress_text("copying", 200, 200));
}

TEST(Progress, SaysOnlyWhatIsDoneWhenNobodyKnowsHowMuchItIs) {
  EXPECT_EQ(progress_text("checking", 0, 0), "checking ...");
}

}  // namespace
}  // namespace mih::cli
