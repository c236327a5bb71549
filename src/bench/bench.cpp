#include "bench/bench.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "bench/deliver.hpp"
#include "bench/intake.hpp"
#include "bench/report.hpp"
#include "bench/rig.hpp"
#include "bench/stop_signal.hpp"

namespace mih::bench {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
const std::set<std::string> kNotOfTheLoad{"help", "json", "out", "commit", "dir"};

struct Common {
  std::filesystem::path dir = default_parent();
  std::filesystem::path out;
  std::string commit = "unknown";
  bool json = false;
};

class BenchCommand {
 public:
  BenchCommand() {
    app_.require_subcommand(1);
    describe_deliver();
    describe_latency();
    describe_intake();
  }

  int run(std::span<const std::string> args) {
    std::vector<std::string> reversed(args.rbegin(), args.rend());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : kUsage;
    }
    if (std::string_view{MIH_BUILD_TYPE} != "Release") {
      std::fprintf(stderr,
                   "mih bench: this is a %s build; figures of it mean nothing. Build with "
                   "cmake --preset release\n",
                   MIH_BUILD_TYPE);
      return kUsage;
    }
    return measure();
  }

 private:
  static CLI::Option* count(CLI::App& command, const std::string& flag, int& value,
                            const std::string& help, int least = 1) {
    return command.add_option(flag, value, help)
        ->check(CLI::Range(least, 1'000'000))
        ->capture_default_str();
  }

  void describe_common(CLI::App& command) {
    command.add_option("--dir", common_.dir, "where data directories are made; on a real disk")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    command.add_option("--out", common_.out, "keep the result in this directory, .json and .md")
        ->check(CLI::ExistingDirectory);
    command.add_option("--commit", common_.commit, "what was built, for the result");
    command.add_flag("--json", common_.json, "print JSON instead of a table");
  }

  void describe_ids(CLI::App& command, std::int64_t& ids) {
    command.add_option("--ids", ids, "event ids in the id window before the load")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
  }

  void describe_deliver() {
    CLI::App& command = *app_.add_subcommand(
        "deliver", "durable event to HTTP delivery: throughput, CPU, memory, latency");
    describe_common(command);
    count(command, "--seconds", deliver_.seconds, "of measurement");
    count(command, "--warmup", deliver_.warmup, "seconds before it", 0);
    count(command, "--batch", deliver_.batch, "events in a request");
    count(command, "--connections", deliver_.connections, "that post events");
    count(command, "--fanout", deliver_.fanout, "rules that match each event");
    count(command, "--rules", deliver_.rules, "rules in all");
    count(command, "--concurrency", deliver_.concurrency,
          "max_concurrency of the service, 0 = its default", 0);
    count(command, "--runs", deliver_.runs, "runs, each with its reference");
    count(command, "--reference-seconds", deliver_.reference_seconds, "of each reference");
    count(command, "--latency-seconds", deliver_.latency_seconds,
          "of the phase at a steady rate, 0 = without", 0);
    describe_ids(command, deliver_.ids);
    command.add_option("--window", deliver_.window, "events on their way at most, 0 = no bound")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
  }

  void describe_latency() {
    CLI::App& command =
        *app_.add_subcommand("latency", "from posting an event to its arrival, at a steady rate");
    describe_common(command);
    count(command, "--seconds", deliver_.latency_seconds, "of measurement");
    count(command, "--connections", deliver_.connections, "that post events");
    count(command, "--runs", deliver_.runs, "runs, each with its reference");
    describe_ids(command, deliver_.ids);
    command.add_option("--rate", deliver_.latency_rate, "events a second, one in a request")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
  }

  void describe_intake() {
    CLI::App& command =
        *app_.add_subcommand("intake", "durable intake in batches of 1, 10 and 100");
    describe_common(command);
    count(command, "--seconds", intake_.seconds, "of measurement for each batch size");
    count(command, "--warmup", intake_.warmup, "seconds before it", 0);
    count(command, "--connections", intake_.connections, "that post events");
    count(command, "--runs", intake_.runs, "runs");
    describe_ids(command, intake_.ids);
  }

  int measure() {
    CLI::App* chosen = app_.get_subcommands().front();
    StopSignal stop;
    Report report;
    report.benchmark = chosen->get_name();
    report.date = SystemClock{}.now().wall;
    report.version = MIH_VERSION;
    report.commit = common_.commit;
    report.machine = describe_machine(common_.dir);
    report.differences = {{"listen", "127.0.0.1:0"}, {"allowed_private", "127.0.0.0/8"}};
    deliver_.dir = common_.dir;
    intake_.dir = common_.dir;
    describe_load(*chosen, report);
    Result<void> measured;
    if (report.benchmark == "deliver")
      measured = measure_deliver(deliver_, stop, report);
    else if (report.benchmark == "latency")
      measured = measure_latency(deliver_, stop, report);
    else
      measured = measure_intake(intake_, stop, report);
    if (!measured) {
      std::fprintf(stderr, "mih bench: %s\n", measured.error().detail.c_str());
      return kFailed;
    }
    return keep(report);
  }

  /// Every option of the load with the value it has, given or not.
  void describe_load(const CLI::App& chosen, Report& report) {
    for (const CLI::Option* option : chosen.get_options()) {
      const std::string name = option->get_lnames().front();
      if (kNotOfTheLoad.contains(name)) continue;
      report.load.emplace_back(
          name, option->count() > 0 ? option->results().front() : option->get_default_str());
    }
    if (deliver_.concurrency > 0) {
      report.differences.emplace_back("max_concurrency", std::to_string(deliver_.concurrency));
    }
    report.notes.emplace_back(
        "The load generator, the receiver and the hub share the machine. The hub is a process of "
        "its own; its CPU is all of its threads, user and system.");
    report.notes.emplace_back(
        "The reference is the hub's HTTP client posting the same bodies from memory to the same "
        "receiver, with as many requests in flight.");
  }

  int keep(const Report& report) const {
    const std::string json = to_json(report);
    const std::string markdown = to_markdown(report);
    std::fputs(common_.json ? json.c_str() : markdown.c_str(), stdout);
    if (common_.out.empty()) return 0;
    const auto base = common_.out / (date_text(report.date) + "-" + report.benchmark);
    std::ofstream json_file{base.string() + ".json"};
    json_file << json << std::flush;
    std::ofstream markdown_file{base.string() + ".md"};
    markdown_file << markdown << std::flush;
    if (json_file && markdown_file) return 0;
    std::fprintf(stderr, "mih bench: cannot write %s.json and .md\n", base.c_str());
    return kFailed;
  }

  CLI::App app_{"Measures the hub on this machine", "mih bench"};
  Common common_;
  DeliverOptions deliver_;
  IntakeOptions intake_;
};

}  // namespace

int run_bench(std::span<const std::string> args) {
  return BenchCommand{}.run(args);
}

}  // namespace mih::bench
