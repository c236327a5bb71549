#include "bench/deliver.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "bench/reference.hpp"
#include "bench/rig.hpp"

namespace mih::bench {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr double kMebibyte = 1024.0 * 1024;
constexpr std::size_t kDefaultConcurrency = 8;
constexpr auto kDrainLimit = seconds{120};
constexpr int kSecondsPerLine = 10;
constexpr auto kPoll = std::chrono::milliseconds{10};

double micros(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double millis(std::chrono::nanoseconds time) {
  return micros(time) / 1000;
}

/// The state of everything at one moment.
struct Sample {
  SteadyTime time;
  HubProcess::Usage hub;
  std::chrono::nanoseconds receiver_cpu{};
  std::int64_t arrived = 0;
};

Sample take_sample(Rig& rig) {
  return {Steady::now(), rig.hub().usage(), rig.receiver().cpu_time(),
          rig.receiver().counts().taken};
}

/// One phase of sending, with everything that both sides saw kept for the reconciliation.
class Phase {
 public:
  explicit Phase(Rig& rig) : rig_(rig) { rig_.receiver().take_arrivals(); }

  Result<void> start(Generator::Options options) {
    auto generator = Generator::start(std::move(options));
    if (!generator) return fail(generator);
    generator_ = std::move(*generator);
    return {};
  }

  /// Sends on, and says how it goes.
  Result<void> run_for(seconds time) {
    const auto end = Steady::now() + time;
    std::int64_t shown = rig_.receiver().counts().taken;
    for (int second = 1; Steady::now() < end; ++second) {
      const auto left = end - Steady::now();
      if (auto waited = rig_.wait_for(std::min<std::chrono::nanoseconds>(left, seconds{1}));
          !waited) {
        return waited;
      }
      collect();
      if (second % kSecondsPerLine != 0) continue;
      const std::int64_t taken = rig_.receiver().counts().taken;
      tell(fmt::format("  {:3} s: {} deliveries a second", second,
                       (taken - shown) / kSecondsPerLine));
      shown = taken;
    }
    return {};
  }

  /// Stops sending, waits until everything arrived, compares both sides.
  Result<void> finish() {
    generator_->stop();
    collect();
    for (const auto& batch : acknowledged_)
      expect_deliveries(ledger_, batch, rig_.rule_ids());
    const auto until = Steady::now() + kDrainLimit;
    for (;;) {
      for (const auto& arrivals : arrivals_)
        ledger_.arrived(arrivals);
      arrivals_.clear();
      if (ledger_.balance().missing() == 0 || Steady::now() > until) break;
      if (auto waited = rig_.wait_for(kPoll); !waited) return waited;
      collect();
    }
    const Ledger::Balance balance = ledger_.balance();
    if (balance.missing() == 0 && balance.expected > 0) return {};
    return fail(ErrorCode::kInternal,
                fmt::format("{} of {} deliveries did not arrive; the sender's last trouble: {}",
                            balance.missing(), balance.expected, generator_->last_error()));
  }

  Ledger::Balance balance() const { return ledger_.balance(); }
  Ledger& ledger() { return ledger_; }
  const Generator& generator() const { return *generator_; }

 private:
  void collect() {
    arrivals_.push_back(rig_.receiver().take_arrivals());
    acknowledged_.push_back(generator_->take_acknowledged());
  }

  Rig& rig_;
  std::unique_ptr<Generator> generator_;
  std::vector<std::vector<Arrival>> arrivals_;
  std::vector<std::vector<Acknowledged>> acknowledged_;
  Ledger ledger_;
};

void report_load(Report& report, const Phase& phase, const Sample& begin, const Sample& end,
                 double reference_per_second) {
  const auto count = static_cast<double>(std::max<std::int64_t>(end.arrived - begin.arrived, 1));
  const double rate = count / std::chrono::duration<double>(end.time - begin.time).count();
  report.add("deliveries", "per s", 0, rate, "floor 25,000, goal 40,000");
  report.add("share of the reference", "%", 0, 100 * rate / reference_per_second, "50");
  report.add("hub CPU per delivery", "us", 1, micros(end.hub.cpu - begin.hub.cpu) / count,
             "under 30");
  report.add("hub peak memory under load", "MiB", 0,
             static_cast<double>(end.hub.peak_bytes) / kMebibyte, "under 150 MB");
  report.add("receiver CPU per delivery", "us", 1,
             micros(end.receiver_cpu - begin.receiver_cpu) / count);
  const auto sent = static_cast<double>(std::max<std::int64_t>(phase.generator().counts().sent, 1));
  report.add("generator CPU per event", "us", 1, micros(phase.generator().cpu_time()) / sent);
  report.add("deliveries repeated", "", 0, static_cast<double>(phase.balance().repeats));
}

Result<void> load_phase(const DeliverOptions& options, Rig& rig, double reference_per_second,
                        Report& report) {
  Generator::Options load = rig.generator_options();
  load.connections = options.connections;
  load.batch = options.batch;
  load.window = options.window;
  load.done = [&receiver = rig.receiver(), fanout = options.fanout] {
    return receiver.counts().taken / fanout;
  };
  Phase phase{rig};
  if (auto started = phase.start(std::move(load)); !started) return started;
  tell(fmt::format("load: {} s of warm-up, {} s", options.warmup, options.seconds));
  if (auto ran = phase.run_for(seconds{options.warmup}); !ran) return ran;
  const Sample begin = take_sample(rig);
  if (auto ran = phase.run_for(seconds{options.seconds}); !ran) return ran;
  const Sample end = take_sample(rig);
  if (auto finished = phase.finish(); !finished) return finished;
  report_load(report, phase, begin, end, reference_per_second);
  return {};
}

Result<void> latency_phase(const DeliverOptions& options, Rig& rig, Report& report) {
  constexpr auto kWarmup = seconds{2};
  Generator::Options load = rig.generator_options();
  load.connections = options.connections;
  load.batch = 1;
  load.rate = options.latency_rate;
  tell(fmt::format("latency: {} events a second for {} s", options.latency_rate,
                   options.latency_seconds));
  Phase warmup{rig};
  if (auto started = warmup.start(load); !started) return started;
  if (auto ran = warmup.run_for(kWarmup); !ran) return ran;
  if (auto finished = warmup.finish(); !finished) return finished;

  Phase phase{rig};
  if (auto started = phase.start(std::move(load)); !started) return started;
  const Sample begin = take_sample(rig);
  if (auto ran = phase.run_for(seconds{options.latency_seconds}); !ran) return ran;
  const Sample end = take_sample(rig);
  if (auto finished = phase.finish(); !finished) return finished;
  const Percentiles latency = percentiles(phase.ledger().take_latencies());
  report.add("posted to received at the steady rate, p50", "ms", 2, millis(latency.p50), "under 1");
  report.add("posted to received at the steady rate, p99", "ms", 2, millis(latency.p99), "under 5");
  report.add("hub CPU per delivery at the steady rate", "us", 1,
             micros(end.hub.cpu - begin.hub.cpu) /
                 static_cast<double>(std::max<std::int64_t>(end.arrived - begin.arrived, 1)));
  return {};
}

ReferenceOptions reference_options(const DeliverOptions& options) {
  ReferenceOptions reference;
  reference.time = seconds{options.reference_seconds};
  reference.concurrency =
      options.concurrency > 0 ? static_cast<std::size_t>(options.concurrency) : kDefaultConcurrency;
  return reference;
}

Result<void> latency_reference(const DeliverOptions& options, Report& report) {
  ReferenceOptions reference = reference_options(options);
  reference.rate = options.latency_rate;
  auto figures = measure_reference(reference);
  if (!figures) return fail(figures);
  report.add("reference: sent to received, p50", "ms", 2, millis(figures->latency.p50));
  report.add("reference: sent to received, p99", "ms", 2, millis(figures->latency.p99));
  return {};
}

Result<void> one_run(const DeliverOptions& options, StopSignal& stop, Report& report) {
  tell(fmt::format("reference: {} s", options.reference_seconds));
  auto reference = measure_reference(reference_options(options));
  if (!reference) return fail(reference);
  auto rig = Rig::build(options.dir, stop);
  if (!rig) return fail(rig);
  report.add("hub memory after start", "MiB", 0,
             static_cast<double>((*rig)->hub().usage().resident_bytes) / kMebibyte, "under 30 MB");
  if (auto loaded = (*rig)->preload(options.ids); !loaded) return loaded;
  if (auto added = (*rig)->add_rules(std::max(options.rules, options.fanout), options.fanout,
                                     options.concurrency);
      !added) {
    return added;
  }
  if (auto load = load_phase(options, **rig, reference->per_second, report); !load) return load;
  report.add("reference: requests", "per s", 0, reference->per_second);
  report.add("reference: client CPU per request", "us", 1, reference->cpu_us);
  report.add("reference: receiver CPU per request", "us", 1, reference->receiver_cpu_us);
  if (options.latency_seconds > 0) {
    if (auto latency = latency_phase(options, **rig, report); !latency) return latency;
    if (auto direct = latency_reference(options, report); !direct) return direct;
  }
  if (const int status = (*rig)->hub().stop(); status != 0) {
    return fail(ErrorCode::kInternal, fmt::format("the hub ended with exit code {}", status));
  }
  return {};
}

}  // namespace

Result<void> measure_deliver(const DeliverOptions& options, StopSignal& stop, Report& report) {
  for (int run = 1; run <= options.runs; ++run) {
    tell(fmt::format("run {} of {}", run, options.runs));
    if (auto done = one_run(options, stop, report); !done) return done;
  }
  return {};
}

Result<void> measure_latency(const DeliverOptions& options, StopSignal& stop, Report& report) {
  for (int run = 1; run <= options.runs; ++run) {
    tell(fmt::format("run {} of {}", run, options.runs));
    if (auto reference = latency_reference(options, report); !reference) return reference;
    auto rig = Rig::build(options.dir, stop);
    if (!rig) return fail(rig);
    if (auto loaded = (*rig)->preload(options.ids); !loaded) return loaded;
    if (auto added = (*rig)->add_rules(1, 1, options.concurrency); !added) return added;
    if (auto latency = latency_phase(options, **rig, report); !latency) return latency;
  }
  return {};
}

}  // namespace mih::bench
