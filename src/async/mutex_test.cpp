#include "async/mutex.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <vector>

#include "async/answers.hpp"

namespace mih::async {
namespace {

class MutexTest : public testing::Test {
 protected:
  Task<> critical(int number) {
    const auto lock = co_await mutex_.lock();
    entered_.push_back(number);
    co_await answers_.wait<bool>(
        [this](Answers::Callback<bool> callback) { inside_.push_back(std::move(callback)); });
    left_.push_back(number);
  }
  void enter(int number) {
    asio::co_spawn(io_, critical(number), [](const std::exception_ptr&) {});
    run();
  }
  void let_go() {
    inside_.back()(true);
    run();
  }
  void run() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_{1};
  Answers answers_{io_};
  Mutex mutex_{io_};
  std::vector<Answers::Callback<bool>> inside_;
  std::vector<int> entered_;
  std::vector<int> left_;
};

TEST_F(MutexTest, OneAtATimeInTheOrderOfAsking) {
  enter(1);
  enter(2);
  enter(3);
  EXPECT_EQ(entered_, std::vector({1}));
  let_go();
  EXPECT_EQ(left_, std::vector({1}));
  EXPECT_EQ(entered_, std::vector({1, 2}));
  let_go();
  let_go();
  EXPECT_EQ(left_, std::vector({1, 2, 3}));
  enter(4);
  EXPECT_EQ(entered_, std::vector({1, 2, 3, 4}));
}

TEST_F(MutexTest, ThoseGivenUpDoNotEnter) {
  enter(1);
  enter(2);
  mutex_.abandon();
  let_go();
  EXPECT_EQ(entered_, std::vector({1}));
  enter(3);
  EXPECT_EQ(entered_, std::vector({1, 3}));
}

}  // namespace
}  // namespace mih::async
