#include "delivery/lane_queue.hpp"

#include <gtest/gtest.h>

namespace mih::delivery {
namespace {

using std::chrono::seconds;

core::Delivery delivery(std::int64_t seq, std::string order = "", int attempts = 0) {
  core::Delivery d;
  d.key = {core::EventSeq{seq}, 0};
  d.rule = core::RuleId{1};
  d.ordering_key = std::move(order);
  d.progress.attempts.resize(static_cast<std::size_t>(attempts));
  return d;
}

SteadyTime at(int second) {
  return SteadyTime{seconds{second}};
}

class LaneQueueTest : public ::testing::Test {
 protected:
  std::int64_t next(int second) {
    const Item* item = queue_.next(at(second));
    return item ? item->delivery.key.event.value : 0;
  }
  Item& item(std::int64_t seq) { return *queue_.find({core::EventSeq{seq}, 0}); }

  LaneQueue queue_;
};

TEST_F(LaneQueueTest, GoesByAcceptance) {
  for (int seq = 1; seq <= 3; ++seq)
    queue_.add(delivery(seq), at(10), false);
  for (int seq = 1; seq <= 3; ++seq) {
    ASSERT_EQ(next(10), seq);
    queue_.start(item(seq));
  }
  EXPECT_EQ(next(10), 0);
}

TEST_F(LaneQueueTest, TheSameDeliveryIsTakenInOnce) {
  EXPECT_TRUE(queue_.add(delivery(1), at(10), false));
  EXPECT_FALSE(queue_.add(delivery(1), at(10), false));
  EXPECT_EQ(queue_.size(), 1u);
}

TEST_F(LaneQueueTest, AWaitingOneComesWhenItsTimeHasComeBeforeYoungerOnes) {
  queue_.add(delivery(1), at(10), false);
  queue_.start(item(1));
  queue_.wait(item(1), at(12));
  queue_.add(delivery(2), at(11), false);
  queue_.add(delivery(3), at(13), false);
  EXPECT_EQ(next(11), 2);
  queue_.start(item(2));
  EXPECT_EQ(next(11), 0);
  EXPECT_EQ(queue_.next_due(), at(12));
  EXPECT_EQ(next(13), 1);
}

TEST_F(LaneQueueTest, OneAtATimePerOrderingKey) {
  queue_.add(delivery(1, "a"), at(10), false);
  queue_.add(delivery(2, "a"), at(10), false);
  queue_.add(delivery(3, "b"), at(10), false);
  queue_.start(item(1));
  EXPECT_EQ(next(10), 3);
  queue_.start(item(3));
  EXPECT_EQ(next(10), 0);
  queue_.wait(item(1), at(20));
  EXPECT_EQ(next(19), 0) << "overtook the retry of an earlier one";
  queue_.start(item(1));
  queue_.finish(item(1), at(20));
  EXPECT_EQ(next(20), 2);
}

TEST_F(LaneQueueTest, AnEarlierOneThatIsLoadedLaterHoldsTheOthers) {
  queue_.add(delivery(5, "a"), at(10), false);
  queue_.add(delivery(2, "a", 1), at(12), true);
  EXPECT_EQ(next(11), 0);
  EXPECT_EQ(next(12), 2);
  queue_.start(item(2));
  queue_.finish(item(2), at(12));
  EXPECT_EQ(next(12), 5);
}

TEST_F(LaneQueueTest, AHeldOneThatIsRemovedLeavesTheOrder) {
  for (int seq = 1; seq <= 3; ++seq)
    queue_.add(delivery(seq, "a"), at(10), false);
  queue_.finish(item(2), at(10));
  queue_.start(item(1));
  queue_.finish(item(1), at(10));
  EXPECT_EQ(next(10), 3);
}

TEST_F(LaneQueueTest, ReplaysIgnoreTheOrderingKey) {
  queue_.add(delivery(1, "a"), at(10), false);
  auto replay = delivery(2, "a");
  replay.replay_of = core::DeadLetterId{9};
  queue_.add(std::move(replay), at(10), false);
  queue_.start(item(1));
  EXPECT_EQ(next(10), 2);
}

}  // namespace
}  // namespace mih::delivery
