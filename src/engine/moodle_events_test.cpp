#include "engine/moodle_events.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "engine/core_events.hpp"

namespace mih::engine {
namespace {

TEST(MoodleEvents, AreInOrderAndHaveThoseThatAreUsedMost) {
  const auto names = moodle_events();
  EXPECT_EQ(names.size(), 604U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  for (const auto& known : core_events())
    EXPECT_TRUE(std::ranges::binary_search(names, known.name)) << known.name;
}

}  // namespace
}  // namespace mih::engine
