#include <charconv>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

#include "simulation/simulation.hpp"

/// simulation_run --seeds A..B [--all]   runs them; stops at the first that fails, or lists all
/// simulation_run --seed N [--trace]     replays one
namespace {

using namespace mih::simulation;

/// Written by the signal handler when the code under test crashes.
char crash_line[64];

void on_crash(int) {
  const auto written = ::write(STDERR_FILENO, crash_line, std::strlen(crash_line));
  ::_exit(written < 0 ? 4 : 3);
}

void announce(std::uint64_t seed) {
  const auto end = fmt::format_to_n(crash_line, sizeof crash_line - 1, "seed {} crashes\n", seed);
  *end.out = '\0';
}

bool read(std::string_view text, std::uint64_t& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

int usage() {
  fmt::print(stderr,
             "Usage: simulation_run --seeds FIRST..LAST [--all]\n"
             "       simulation_run --seed N [--trace]\n");
  return 2;
}

int run_one(std::uint64_t seed, bool traced) {
  announce(seed);
  Trace::Sink sink;
  if (traced) sink = [](const std::string& line) { fmt::print("{}\n", line); };
  const auto outcome = simulate(seed, sink);
  if (outcome.violation) {
    fmt::print("seed {} fails: {}\n", seed, *outcome.violation);
    return 1;
  }
  fmt::print("seed {} holds\n", seed);
  return 0;
}

int run_many(std::uint64_t first, std::uint64_t last, bool all) {
  Tally total;
  std::uint64_t failed = 0;
  for (auto seed = first; seed <= last; ++seed) {
    announce(seed);
    const auto outcome = simulate(seed);
    if (outcome.violation) {
      ++failed;
      fmt::print("seed {} fails: {}\n", seed, *outcome.violation);
      if (all) continue;
      fmt::print("Replay it: simulation_run --seed {} --trace\n", seed);
      return 1;
    }
    for (const auto& [name, count] : outcome.tally)
      total[name] += count;
  }
  for (const auto& [name, count] : total)
    fmt::print("{:>12} {}\n", count, name);
  fmt::print("seeds {}..{}: {} fail\n", first, last, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
    std::signal(number, on_crash);
  if (count < 3) return usage();
  const std::string_view what = arguments[1];
  const std::string_view value = arguments[2];
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::string_view option = count == 4 ? arguments[3] : "";
  if (what == "--seed" && read(value, first)) return run_one(first, option == "--trace");
  const auto dots = value.find("..");
  const bool range = what == "--seeds" && dots != std::string_view::npos &&
                     read(value.substr(0, dots), first) && read(value.substr(dots + 2), last);
  return range && first <= last ? run_many(first, last, option == "--all") : usage();
}
