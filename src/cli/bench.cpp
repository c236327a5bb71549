#include "bench/bench.hpp"

#include "bench/demo.hpp"
#include "cli/commands.hpp"

namespace mih::cli {

void add_demo(CLI::App& app, Session& session) {
  auto options = std::make_shared<bench::DemoOptions>();
  CLI::App* command =
      session.command(app, "demo", "Show a throwaway hub at work on recorded Moodle events",
                      [options] { return bench::run_demo(*options); });
  command->add_option("--seconds", options->seconds, "End after this time; else with Ctrl-C")
      ->check(CLI::Range(1, 86400));
  command->add_option("--rate", options->rate, "Events per second")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 10'000.0));
  command->add_option("--listen", options->listen, "Address of the hub, HOST:PORT")
      ->capture_default_str();
}

void add_bench(CLI::App& app, Session& session) {
  auto command = std::make_shared<CLI::App*>();
  *command = session.command(app, "bench", "Measure the hub on this machine",
                             [command] { return bench::run_bench((*command)->remaining()); });
  (*command)->set_help_flag();  // the benchmarks have arguments and help of their own
  (*command)->prefix_command();
}

}  // namespace mih::cli
