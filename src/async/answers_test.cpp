#include "async/answers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mih::async {
namespace {

using Text = Result<std::string>;
using Callback = Answers::Callback<std::string>;

class AnswersTest : public testing::Test {
 protected:
  /// Starts a coroutine that waits for the callback it puts into `callbacks_`.
  void wait() {
    asio::co_spawn(
        io_, [](AnswersTest& test) -> Task<> { co_await test.wait_once(); }(*this),
        [](const std::exception_ptr&) {});
  }
  Task<> wait_once() {
    const Unwound unwound{unwound_};
    auto text = co_await answers_.wait<std::string>(
        [this](Callback callback) { callbacks_.push_back(std::move(callback)); });
    results_.push_back(std::move(text));
  }

  struct Unwound {
    int& count;
    ~Unwound() { ++count; }
  };

  asio::io_context io_{1};
  Answers answers_{io_};
  std::vector<Callback> callbacks_;
  std::vector<Text> results_;
  int unwound_ = 0;
};

TEST_F(AnswersTest, ResumesWithTheAnswer) {
  wait();
  io_.poll();
  ASSERT_EQ(callbacks_.size(), 1U);
  EXPECT_EQ(answers_.waiting(), 1U);
  callbacks_[0](std::string("hello"));
  EXPECT_TRUE(results_.empty());  // not on the caller's stack
  io_.restart();
  io_.poll();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].value(), "hello");
  EXPECT_EQ(answers_.waiting(), 0U);
}

TEST_F(AnswersTest, PassesErrorsOn) {
  wait();
  io_.poll();
  callbacks_[0](fail(ErrorCode::kBusy, "later"));
  io_.restart();
  io_.poll();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].error().code, ErrorCode::kBusy);
}

TEST_F(AnswersTest, TakesAnswersFromOtherThreads) {
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i)
    wait();
  io_.poll();
  ASSERT_EQ(callbacks_.size(), std::size_t{kCount});
  auto work = asio::make_work_guard(io_);
  std::thread answering([&] {
    for (auto& callback : callbacks_)
      callback(std::string("x"));
    work.reset();
  });
  io_.restart();
  io_.run();
  answering.join();
  io_.restart();
  io_.poll();
  EXPECT_EQ(results_.size(), std::size_t{kCount});
  EXPECT_EQ(unwound_, kCount);
}

TEST_F(AnswersTest, ADroppedCallbackIsAnError) {
  wait();
  io_.poll();
  callbacks_.clear();
  io_.restart();
  io_.poll();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].error().code, ErrorCode::kInternal);
}

TEST_F(AnswersTest, WhatStartThrowsIsThrownToTheCoroutine) {
  std::string caught;
  asio::co_spawn(
      io_,
      [](Answers& answers, std::string& out) -> Task<> {
        try {
          co_await answers.wait<bool>(
              [](Answers::Callback<bool>) { throw std::runtime_error("no"); });
        } catch (const std::runtime_error& error) {
          out = error.what();
        }
      }(answers_, caught),
      [](const std::exception_ptr&) {});
  io_.poll();
  EXPECT_EQ(caught, "no");
  EXPECT_EQ(answers_.waiting(), 0U);
}

TEST_F(AnswersTest, AbandonUnwindsWhoWaitsAndIgnoresLateAnswers) {
  wait();
  wait();
  io_.poll();
  answers_.abandon();
  io_.restart();
  io_.poll();
  EXPECT_EQ(unwound_, 2);
  EXPECT_EQ(answers_.waiting(), 0U);
  callbacks_[0](std::string("late"));
  callbacks_.clear();
  io_.restart();
  io_.poll();
  EXPECT_TRUE(results_.empty());
}

TEST_F(AnswersTest, AnAnswerOnItsWayWhenAbandonedIsDropped) {
  wait();
  io_.poll();
  callbacks_[0](std::string("posted, not yet taken"));
  answers_.abandon();
  io_.restart();
  io_.poll();
  EXPECT_TRUE(results_.empty());
  EXPECT_EQ(unwound_, 1);
}

TEST(AnswersLifetime, CallbacksMayOutliveEverything) {
  std::optional<Callback> callback;
  bool resumed = false;
  {
    asio::io_context io{1};
    Answers answers{io};
    asio::co_spawn(
        io,
        [](Answers& desk, std::optional<Callback>& out, bool& flag) -> Task<> {
          co_await desk.wait<std::string>([&](Callback given) { out.emplace(std::move(given)); });
          flag = true;
        }(answers, callback, resumed),
        [](const std::exception_ptr&) {});
    io.poll();
    ASSERT_TRUE(callback);
  }
  (*callback)(std::string("too late"));
  EXPECT_FALSE(resumed);
}

}  // namespace
}  // namespace mih::async
