#include "engine/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace mih::engine {
namespace {

using core::CircuitState;
using std::chrono::milliseconds;
using std::chrono::seconds;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  CircuitBreakerTest() { service_.id = core::ServiceId{1}; }

  void advance(milliseconds by) {
    now_.steady += by;
    now_.wall += by;
  }
  std::optional<CircuitBreaker::Permit> acquire() { return breaker_.acquire(service_, now_); }
  void finish(CircuitBreaker::Permit permit, CircuitEffect effect) {
    breaker_.finish(permit, effect, service_, now_);
  }
  void fail_times(int times) {
    for (int i = 0; i < times; ++i)
      finish(acquire().value(), CircuitEffect::kFailure);
  }

  core::Service service_;
  Now now_{WallTime{seconds{1'700'000'000}}, SteadyTime{seconds{1000}}};
  CircuitBreaker breaker_{core::CircuitRecord{}, service_, now_};
};

TEST_F(CircuitBreakerTest, OpensAtTheThreshold) {
  fail_times(4);
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  EXPECT_EQ(breaker_.failure_count(), 4);
  fail_times(1);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_EQ(breaker_.retry_in(now_), seconds{30});
  EXPECT_FALSE(acquire());
}

TEST_F(CircuitBreakerTest, ASuccessResetsTheCount) {
  fail_times(4);
  finish(acquire().value(), CircuitEffect::kSuccess);
  EXPECT_EQ(breaker_.failure_count(), 0);
  fail_times(4);
  EXPECT_TRUE(breaker_.closed());
}

TEST_F(CircuitBreakerTest, NeitherChangesNothing) {
  fail_times(4);
  finish(acquire().value(), CircuitEffect::kNeither);
  EXPECT_EQ(breaker_.failure_count(), 4);
}

TEST_F(CircuitBreakerTest, ThresholdZeroNeverOpens) {
  service_.cb_failure_threshold = 0;
  fail_times(1000);
  EXPECT_TRUE(breaker_.closed());
}

TEST_F(CircuitBreakerTest, LateFailuresDoNotExtendTheCooldown) {
  const auto early = acquire().value();
  fail_times(5);
  advance(seconds{20});
  finish(early, CircuitEffect::kFailure);
  EXPECT_EQ(breaker_.retry_in(now_), seconds{10});
}

TEST_F(CircuitBreakerTest, ExactlyOneProbeAfterTheCooldown) {
  fail_times(5);
  advance(milliseconds{29'999});
  EXPECT_FALSE(acquire());
  advance(milliseconds{1});
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_EQ(breaker_.retry_in(now_), seconds{0});
  const auto probe = acquire();
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->probe);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfopen);
  EXPECT_EQ(breaker_.retry_in(now_), std::nullopt);
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(acquire());
}

TEST_F(CircuitBreakerTest, ASuccessfulProbeCloses) {
  fail_times(5);
  advance(seconds{30});
  finish(acquire().value(), CircuitEffect::kSuccess);
  EXPECT_TRUE(breaker_.closed());
  EXPECT_EQ(breaker_.failure_count(), 0);
  EXPECT_TRUE(breaker_.take_just_closed());
  EXPECT_FALSE(breaker_.take_just_closed());
}

TEST_F(CircuitBreakerTest, AFailedProbeOpensForANewCooldown) {
  fail_times(5);
  advance(seconds{30});
  finish(acquire().value(), CircuitEffect::kFailure);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_EQ(breaker_.retry_in(now_), seconds{30});
}

TEST_F(CircuitBreakerTest, ARateLimitedProbeStaysHalfopenAndFreesThePermit) {
  fail_times(5);
  advance(seconds{30});
  finish(acquire().value(), CircuitEffect::kNeither);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfopen);
  EXPECT_TRUE(acquire());
}

TEST_F(CircuitBreakerTest, ALostProbeIsFreedAfterTimeoutPlusASecond) {
  fail_times(5);
  advance(seconds{30});
  const auto lost = acquire().value();
  advance(milliseconds{5'999});
  EXPECT_FALSE(acquire());
  advance(milliseconds{1});
  const auto next = acquire();
  ASSERT_TRUE(next);
  finish(lost, CircuitEffect::kSuccess);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfopen) << "the late result decided the circuit";
  finish(*next, CircuitEffect::kSuccess);
  EXPECT_TRUE(breaker_.closed());
}

TEST_F(CircuitBreakerTest, ResultsFromBeforeTheLastChangeLeaveItAlone) {
  const auto early = acquire().value();
  fail_times(5);
  advance(seconds{30});
  const auto probe = acquire().value();
  finish(early, CircuitEffect::kSuccess);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfopen);
  finish(probe, CircuitEffect::kSuccess);
  EXPECT_TRUE(breaker_.closed());
}

TEST_F(CircuitBreakerTest, ResetMakesARunningProbeLate) {
  fail_times(5);
  advance(seconds{30});
  const auto probe = acquire().value();
  breaker_.reset(now_);
  finish(probe, CircuitEffect::kFailure);
  EXPECT_TRUE(breaker_.closed());
  EXPECT_EQ(breaker_.failure_count(), 0);
}

TEST_F(CircuitBreakerTest, TripOpensWhateverTheCount) {
  breaker_.trip(service_, now_);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_EQ(breaker_.retry_in(now_), seconds{30});
}

TEST_F(CircuitBreakerTest, EveryChangeIsReportedForPersistence) {
  EXPECT_FALSE(breaker_.take_changed());
  fail_times(1);
  EXPECT_TRUE(breaker_.take_changed());
  EXPECT_FALSE(breaker_.take_changed());
  finish(acquire().value(), CircuitEffect::kSuccess);
  EXPECT_TRUE(breaker_.take_changed());
  finish(acquire().value(), CircuitEffect::kSuccess);
  EXPECT_FALSE(breaker_.take_changed());
}

TEST_F(CircuitBreakerTest, SurvivesARestart) {
  fail_times(5);
  advance(seconds{10});
  CircuitBreaker restored{breaker_.record(), service_, now_};
  EXPECT_EQ(restored.state(), CircuitState::kOpen);
  EXPECT_EQ(restored.failure_count(), 5);
  EXPECT_EQ(restored.retry_in(now_), seconds{20});
}

TEST_F(CircuitBreakerTest, AClockThatWentBackCannotLengthenTheCooldown) {
  fail_times(5);
  now_.wall -= std::chrono::hours{24 * 365};
  CircuitBreaker restored{breaker_.record(), service_, now_};
  EXPECT_EQ(restored.retry_in(now_), seconds{30});
  EXPECT_TRUE(restored.take_changed());
}

TEST_F(CircuitBreakerTest, RateModeNeedsVolumeAndShare) {
  service_.cb_mode = core::CircuitMode::kRate;
  for (int i = 0; i < 10; ++i) {
    finish(acquire().value(), CircuitEffect::kSuccess);
    if (i < 9) finish(acquire().value(), CircuitEffect::kFailure);
  }
  EXPECT_TRUE(breaker_.closed());
  finish(acquire().value(), CircuitEffect::kFailure);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
}

TEST_F(CircuitBreakerTest, RateModeForgetsWhatLeftTheWindow) {
  service_.cb_mode = core::CircuitMode::kRate;
  for (int i = 0; i < 15; ++i)
    finish(acquire().value(), CircuitEffect::kFailure);
  advance(seconds{61});
  for (int i = 0; i < 15; ++i)
    finish(acquire().value(), CircuitEffect::kFailure);
  EXPECT_TRUE(breaker_.closed());
}

TEST_F(CircuitBreakerTest, AResetForgetsTheWindow) {
  service_.cb_mode = core::CircuitMode::kRate;
  for (int i = 0; i < 19; ++i)
    finish(acquire().value(), CircuitEffect::kFailure);
  finish(acquire().value(), CircuitEffect::kSuccess);
  ASSERT_EQ(breaker_.failure_count(), 0);
  breaker_.reset(now_);
  fail_times(1);
  EXPECT_TRUE(breaker_.closed()) << "opened by what was before the reset";
}

TEST_F(CircuitBreakerTest, ModeAndThresholdMayChangeWithoutChangingTheState) {
  fail_times(5);
  service_.cb_failure_threshold = 0;
  EXPECT_FALSE(acquire()) << "open";
  service_.cb_mode = core::CircuitMode::kRate;
  advance(seconds{30});
  const auto probe = acquire();
  ASSERT_TRUE(probe);
  finish(*probe, CircuitEffect::kFailure);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
}

TEST_F(CircuitBreakerTest, AnEditedWindowCountsWhatLiesInIt) {
  service_.cb_mode = core::CircuitMode::kRate;
  service_.cb_min_calls = 3;
  service_.cb_window = seconds{1};
  fail_times(2);
  advance(seconds{200});
  service_.cb_window = seconds{100};
  fail_times(2);
  EXPECT_TRUE(breaker_.closed()) << "counted what was 200 s old";
  service_.cb_window = seconds{1};
  fail_times(1);
  EXPECT_FALSE(breaker_.closed());
}

}  // namespace
}  // namespace mih::engine
