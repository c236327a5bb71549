#include "bench/generator.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <set>
#include <thread>

#include "bench/receiver.hpp"

namespace mih::bench {
namespace {

class GeneratorTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Receiver::start();
    ASSERT_TRUE(started) << started.error().detail;
    hub_ = std::move(*started);
    hub_->answer_with({.status = 202});
    options_.hub = {"127.0.0.1", hub_->port()};
  }

  std::unique_ptr<Generator> start() {
    auto generator = Generator::start(options_);
    EXPECT_TRUE(generator) << generator.error().detail;
    return std::move(*generator);
  }

  std::unique_ptr<Receiver> hub_;  ///< answers like a hub that accepts everything
  Generator::Options options_;
  std::atomic<std::int64_t> done_ = 0;
};

TEST_F(GeneratorTest, SendsExactlyTheLimitWithFreshIds) {
  options_.connections = 3;
  options_.batch = 10;
  options_.limit = 95;
  auto generator = start();
  generator->wait();
  EXPECT_EQ(generator->counts(), (Generator::Counts{.sent = 95, .acknowledged = 95}));
  std::set<EventId> ids;
  for (const auto& batch : generator->take_acknowledged()) {
    EXPECT_LE(batch.sent, batch.answered);
    ids.insert(batch.ids.begin(), batch.ids.end());
  }
  EXPECT_EQ(ids.size(), 95u);
  EXPECT_TRUE(generator->take_acknowledged().empty());
  EXPECT_EQ(generator->last_error(), "");
}

TEST_F(GeneratorTest, KeepsToItsWindow) {
  options_.connections = 1;
  options_.batch = 5;
  options_.window = 10;
  options_.done = [this] { return done_.load(); };
  auto generator = start();
  while (generator->counts().acknowledged < 10)
    std::this_thread::yield();
  EXPECT_EQ(generator->counts().sent, 10);
  done_ = 1;
  while (generator->counts().acknowledged < 15)
    std::this_thread::yield();
  generator->stop();
  EXPECT_EQ(generator->counts().sent, 15);
}

TEST_F(GeneratorTest, RepeatsWithTheSameIdsUntilItIsAccepted) {
  hub_->answer_with({.status = 503});
  options_.connections = 1;
  options_.batch = 2;
  options_.limit = 2;
  auto generator = start();
  while (hub_->counts().refused == 0)
    std::this_thread::yield();
  EXPECT_TRUE(generator->take_acknowledged().empty());
  hub_->answer_with({.status = 202});
  generator->wait();
  const auto counts = generator->counts();
  EXPECT_EQ(counts.sent, 2);
  EXPECT_EQ(counts.acknowledged, 2);
  EXPECT_GE(counts.repeats, 1);
  EXPECT_NE(generator->last_error(), "");
}

TEST_F(GeneratorTest, CountsWhatIsRefusedForGood) {
  hub_->answer_with({.status = 401});
  options_.limit = 7;
  options_.batch = 7;
  auto generator = start();
  generator->wait();
  EXPECT_EQ(generator->counts(), (Generator::Counts{.sent = 7, .rejected = 7}));
}

TEST_F(GeneratorTest, StopsWhileTheHubIsGone) {
  hub_.reset();
  auto generator = start();
  while (generator->last_error().empty())
    std::this_thread::yield();
  generator->stop();
  EXPECT_EQ(generator->counts().acknowledged, 0);
}

TEST_F(GeneratorTest, StopsWhileItWaitsForItsSchedule) {
  options_.rate = 0.001;
  options_.connections = 2;
  auto generator = start();
  while (generator->counts().acknowledged < 100)
    std::this_thread::yield();
  generator->stop();
  EXPECT_EQ(generator->counts().sent, 100);
}

TEST(Generator, RefusesOptionsWithoutMeaning) {
  EXPECT_FALSE(Generator::start({.connections = 0}));
  EXPECT_FALSE(Generator::start({.batch = 0}));
}

}  // namespace
}  // namespace mih::bench
