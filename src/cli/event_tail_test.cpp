#include "cli/event_tail.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mih::cli {
namespace {

using Texts = std::vector<std::string>;

std::string item(int id, std::string_view site = "main") {
  return fmt::format(R"({{"id":"e{}","site":"{}"}})", id, site);
}

class EventTailTest : public ::testing::Test {
 protected:
  /// One page of the list, newest first.
  bool take(const Texts& items) {
    text_ = fmt::format("[{}]", fmt::join(items, ","));
    EXPECT_TRUE(document_.parse(text_));
    return tail_.take(document_.root());
  }

  EventTail tail_;
  std::string text_;
  json::Document document_;
};

TEST_F(EventTailTest, NewOnesComeOldestFirstAndOnce) {
  EXPECT_TRUE(take({item(2), item(1)}));
  EXPECT_EQ(tail_.flush(), (Texts{item(1), item(2)}));
  EXPECT_FALSE(take({item(4), item(3), item(2), item(1)}));
  EXPECT_EQ(tail_.flush(), (Texts{item(3), item(4)}));
  EXPECT_FALSE(take({item(4), item(3)}));
  EXPECT_EQ(tail_.flush(), Texts{});
}

TEST_F(EventTailTest, SeveralPagesAreOneList) {
  EXPECT_TRUE(take({item(1)}));
  static_cast<void>(tail_.flush());
  EXPECT_TRUE(take({item(5), item(4)}));
  EXPECT_TRUE(take({item(3), item(2)}));
  EXPECT_FALSE(take({item(1)}));
  EXPECT_EQ(tail_.flush(), (Texts{item(2), item(3), item(4), item(5)}));
}

TEST_F(EventTailTest, WhatIsOlderThanAKnownOneIsNotNew) {
  take({item(5), item(4)});
  static_cast<void>(tail_.flush());
  EXPECT_FALSE(take({item(6), item(5), item(4), item(3)}));
  EXPECT_EQ(tail_.flush(), Texts{item(6)});
}

TEST_F(EventTailTest, SitesHaveIdsOfTheirOwn) {
  take({item(1, "a")});
  EXPECT_TRUE(take({item(1, "b")}));
  EXPECT_EQ(tail_.flush(), (Texts{item(1, "b"), item(1, "a")}));
}

TEST_F(EventTailTest, AnEmptyListHasNothingBehindIt) {
  take({});
  EXPECT_EQ(tail_.flush(), Texts{});
}

}  // namespace
}  // namespace mih::cli
