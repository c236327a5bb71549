#include "engine/moodle_events.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace mih::engine {
namespace {

TEST(MoodleEvents, AreInOrder) {
  const auto names = moodle_events();
  EXPECT_EQ(names.size(), 604U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  for (const char* name : {R"(\core\event\user_created)", R"(\mod_quiz\event\attempt_submitted)"})
    EXPECT_TRUE(std::ranges::binary_search(names, name)) << name;
}

}  // namespace
}  // namespace mih::engine
