#include "bench/intake.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <string_view>

#include "base/time.hpp"
#include "bench/rig.hpp"

namespace mih::bench {
namespace {

struct BatchGoal {
  int batch;
  std::string_view goal;
};
constexpr std::array<BatchGoal, 3> kBatches{{{1, "40,000"}, {10, "120,000"}, {100, "150,000"}}};

struct Sample {
  SteadyTime time;
  std::chrono::nanoseconds cpu{};
  std::int64_t events = 0;
};

Sample take_sample(Rig& rig, Generator& generator) {
  generator.take_acknowledged();
  return {std::chrono::steady_clock::now(), rig.hub().usage().cpu, generator.counts().acknowledged};
}

Result<void> measure_batch(const IntakeOptions& options, const BatchGoal& goal, StopSignal& stop,
                           Report& report) {
  auto rig = Rig::build(options.dir, stop);
  if (!rig) return fail(rig);
  if (auto loaded = (*rig)->preload(options.ids); !loaded) return loaded;
  Generator::Options load = (*rig)->generator_options();
  load.connections = options.connections;
  load.batch = goal.batch;
  auto generator = Generator::start(std::move(load));
  if (!generator) return fail(generator);
  tell(fmt::format("intake in batches of {}: {} s", goal.batch, options.seconds));
  if (auto waited = (*rig)->wait_for(std::chrono::seconds{options.warmup}); !waited) return waited;
  const Sample begin = take_sample(**rig, **generator);
  if (auto waited = (*rig)->wait_for(std::chrono::seconds{options.seconds}); !waited) return waited;
  const Sample end = take_sample(**rig, **generator);
  (*generator)->stop();
  const auto events = static_cast<double>(std::max<std::int64_t>(end.events - begin.events, 1));
  report.add(fmt::format("events in batches of {}", goal.batch), "per s", 0,
             events / std::chrono::duration<double>(end.time - begin.time).count(), goal.goal);
  report.add(fmt::format("hub CPU per event in batches of {}", goal.batch), "us", 2,
             std::chrono::duration<double, std::micro>(end.cpu - begin.cpu).count() / events);
  return {};
}

}  // namespace

Result<void> measure_intake(const IntakeOptions& options, StopSignal& stop, Report& report) {
  for (int run = 1; run <= options.runs; ++run) {
    tell(fmt::format("run {} of {}", run, options.runs));
    for (const BatchGoal& goal : kBatches) {
      if (auto measured = measure_batch(options, goal, stop, report); !measured) return measured;
    }
  }
  return {};
}

}  // namespace mih::bench
