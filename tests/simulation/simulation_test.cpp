#include "simulation/simulation.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "simulation/judge.hpp"

namespace mih::simulation {
namespace {

/// Under the sanitizers; the release build runs more (test_simulation.py).
constexpr std::uint64_t kSeeds = 1'000;

std::vector<std::string> story_of(std::uint64_t seed) {
  std::vector<std::string> lines;
  simulate(seed, [&](const std::string& line) { lines.push_back(line); });
  return lines;
}

TEST(Simulation, EverySeedHolds) {
  Tally total;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto outcome = simulate(seed);
    ASSERT_FALSE(outcome.violation)
        << "seed " << seed << ": " << *outcome.violation
        << "\nReplay it: build/asan/bin/simulation_run --seed " << seed << " --trace";
    for (const auto& [name, count] : outcome.tally)
      total[name] += count;
  }
  for (const auto& [name, count] : total)
    EXPECT_GT(count, 0) << "no story reached this: " << name;
  EXPECT_EQ(total.at("seeds"), static_cast<std::int64_t>(kSeeds));
}

TEST(Simulation, ASeedTellsTheSameStoryEachTime) {
  for (const std::uint64_t seed : {3, 14, 159})
    EXPECT_EQ(story_of(seed), story_of(seed));
  EXPECT_NE(story_of(3), story_of(14));
}

/// A judge in front of a hub that does what it is told to, right or wrong.
class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    auto service = std::make_shared<core::Service>();
    service->id = core::ServiceId{1};
    service->base_url = "http://crm.example";
    service->max_concurrency = 2;
    service->cb_failure_threshold = 2;
    service_ = service;
    catalog_ = engine::Catalog{1, {*service}, {}};
    judge_.on_configured({*service}, {});
    judge_.on_start(catalog_, timeline_.now());
  }

  void accept(std::uint64_t number) {
    delivery::GatewayCall call;
    call.id = number;
    call.request.service = catalog_.service(service_->id);
    call.asked = timeline_.steady();
    call.deadline = timeline_.steady() + std::chrono::seconds{30};
    judge_.on_call(call);
  }

  delivery::Send send(std::uint64_t number) {
    core::Request request;
    request.service = catalog_.service(service_->id);
    request.url = "http://crm.example/gateway-" + std::to_string(number);
    request.timeout = service_->timeout;
    return {number, std::move(request)};
  }

  void perform(delivery::Effects effects) { judge_.on_effects(effects, timeline_.now()); }

  Timeline timeline_;
  Trace trace_{timeline_, {}};
  store::memory::MemoryStore store_;
  Judge judge_{trace_, store_, std::chrono::milliseconds{20}};
  std::shared_ptr<const core::Service> service_;
  engine::Catalog catalog_;
};

TEST_F(JudgeTest, AgreesWithWhatIsRight) {
  accept(1);
  delivery::Effects effects;
  effects.sends.push_back(send(1));
  perform(std::move(effects));
  EXPECT_FALSE(trace_.violation()) << *trace_.violation();
}

TEST_F(JudgeTest, SeesTooManyCallsInFlight) {
  delivery::Effects effects;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    accept(number);
    effects.sends.push_back(send(number));
  }
  perform(std::move(effects));
  EXPECT_TRUE(trace_.violation());
}

TEST_F(JudgeTest, SeesACallThatNobodyAskedFor) {
  delivery::Effects effects;
  effects.sends.push_back(send(1));
  perform(std::move(effects));
  EXPECT_TRUE(trace_.violation());
}

TEST_F(JudgeTest, SeesACircuitThatOpensByItself) {
  delivery::Effects effects;
  effects.circuits.push_back({service_->id, core::CircuitState::kOpen, 1, {}, {}, {}, {}});
  perform(std::move(effects));
  EXPECT_TRUE(trace_.violation());
}

TEST_F(JudgeTest, SeesACallThatIsNotAnswered) {
  accept(1);
  timeline_.after(std::chrono::seconds{31}, [] {});
  timeline_.step();
  perform({});
  EXPECT_TRUE(trace_.violation());
}

}  // namespace
}  // namespace mih::simulation
