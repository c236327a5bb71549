#include "core/lane_history.hpp"

#include <gtest/gtest.h>

namespace mih::core {
namespace {

WallTime at(int second) {
  return WallTime{std::chrono::seconds{second}};
}

TEST(LaneHistory, HasChangesNewestFirstAndNoRepeats) {
  LaneHistory history;
  history.note_circuit(CircuitState::kClosed, at(1));
  EXPECT_TRUE(history.changes.empty());
  history.note_circuit(CircuitState::kOpen, at(2));
  history.note_circuit(CircuitState::kOpen, at(3));
  history.note_circuit(CircuitState::kHalfopen, at(4));
  ASSERT_EQ(history.changes.size(), 2U);
  EXPECT_EQ(history.changes.front().state, CircuitState::kHalfopen);
  EXPECT_EQ(history.changes.back().time, at(2));
}

TEST(LaneHistory, ForgetsWhatIsLongAgo) {
  LaneHistory history;
  for (int i = 0; i < 200; ++i)
    history.note_circuit(i % 2 == 0 ? CircuitState::kOpen : CircuitState::kClosed, at(i));
  EXPECT_EQ(history.changes.size(), LaneHistory::kChanges);
  EXPECT_EQ(history.changes.front().time, at(199));
}

}  // namespace
}  // namespace mih::core
