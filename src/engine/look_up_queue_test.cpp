#include "engine/look_up_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

namespace mih::engine {
namespace {

using core::LookedUp;
using core::LookUp;
using testing::ElementsAre;
using testing::Pair;

std::vector<std::int64_t> ids(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> all(count);
  std::iota(all.begin(), all.end(), first);
  return all;
}

TEST(LookUpQueue, AsksForNothingWhenNothingWaits) {
  LookUpQueue queue;
  EXPECT_FALSE(queue.start());
}

TEST(LookUpQueue, AnswersWithWhatWasFoundAndWhatIsNotThere) {
  LookUpQueue queue;
  queue.add(1, {{5, 6}, {12}});
  const auto call = queue.start();
  ASSERT_TRUE(call);
  EXPECT_THAT(call->users, ElementsAre(5, 6));
  EXPECT_THAT(call->courses, ElementsAre(12));
  const auto answered = queue.succeeded({{{5, "{}"}}, {}});
  EXPECT_THAT(answered,
              ElementsAre(Pair(1, LookedUp{{{5, "{}"}, {6, std::nullopt}}, {{12, std::nullopt}}})));
  EXPECT_TRUE(queue.empty());
}

TEST(LookUpQueue, GathersWhatComesWhileACallIsUnderWay) {
  LookUpQueue queue;
  queue.add(1, {{5}, {}});
  ASSERT_TRUE(queue.start());
  queue.add(2, {{6, 5, 6}, {}});
  queue.add(3, {{6}, {1}});
  EXPECT_FALSE(queue.start());
  // The call also knows one of the ids that the second asks for.
  EXPECT_THAT(queue.succeeded({{{5, "a"}}, {}}), ElementsAre(Pair(1, LookedUp{{{5, "a"}}, {}})));
  const auto next = queue.start();
  ASSERT_TRUE(next);
  EXPECT_THAT(next->users, ElementsAre(6));
  EXPECT_THAT(next->courses, ElementsAre(1));
  EXPECT_THAT(queue.succeeded({{{6, "b"}}, {{1, "c"}}}),
              ElementsAre(Pair(2, LookedUp{{{5, "a"}, {6, "b"}}, {}}),
                          Pair(3, LookedUp{{{6, "b"}}, {{1, "c"}}})));
}

TEST(LookUpQueue, AsksForManyIdsInSeveralCalls) {
  LookUpQueue queue;
  queue.add(1, {ids(1, LookUpQueue::kMostIds + 1), {}});
  EXPECT_EQ(queue.start()->users, ids(1, LookUpQueue::kMostIds));
  EXPECT_TRUE(queue.succeeded({}).empty());
  EXPECT_THAT(queue.start()->users, ElementsAre(LookUpQueue::kMostIds + 1));
  const auto answered = queue.succeeded({});
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ(answered[0].second.users.size(), LookUpQueue::kMostIds + 1);
}

TEST(LookUpQueue, ALookUpOfNothingIsAnsweredToo) {
  LookUpQueue queue;
  queue.add(1, {});
  ASSERT_TRUE(queue.start());
  EXPECT_THAT(queue.succeeded({}), ElementsAre(Pair(1, LookedUp{})));
}

TEST(LookUpQueue, AFailureIsThatOfAllThatWait) {
  LookUpQueue queue;
  queue.add(1, {{5}, {}});
  ASSERT_TRUE(queue.start());
  queue.add(2, {{6}, {}});
  EXPECT_THAT(queue.failed(), ElementsAre(1, 2));
  EXPECT_FALSE(queue.start());
  queue.add(3, {{7}, {}});
  EXPECT_THAT(queue.start()->users, ElementsAre(7));
}

}  // namespace
}  // namespace mih::engine
