#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "app/daemon.hpp"
#include "base/crash_point.hpp"
#include "cli/commands.hpp"
#include "cli/log_lines.hpp"
#include "cli/setting_flags.hpp"

namespace mih::cli {
namespace {

/// SIGTERM and SIGINT, taken by waiting for them and by nothing else. Must exist before any thread
/// is started.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void wait() const {
    int number = 0;
    while (sigwait(&set_, &number) != 0) {
    }
  }

 private:
  sigset_t set_{};
};

/// Stops in an orderly way; a second signal meanwhile ends running attempts at once.
void stop(app::Daemon& daemon, const StopSignals& signals) {
  std::atomic<bool> stopped = false;
  std::thread second{[&] {
    signals.wait();
    if (!stopped) daemon.hurry();
  }};
  daemon.stop();
  stopped = true;
  pthread_kill(second.native_handle(), SIGTERM);
  second.join();
}

/// Never into a log: standard error is often one.
bool show_on_terminal(const std::string& password) {
  if (::isatty(STDERR_FILENO) == 0) return false;
  std::cerr << "Sign in as admin with this one-time password: " << password << "\n";
  return true;
}

/// As many files as the system lets this process have: connections of clients must not use up
/// those that the store and the transports need. What the system gives at least is a low default.
void raise_file_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  if (limit.rlim_max < 2 * connections) {
    spdlog::warn(
        "this process may open {} files, few for max_connections = {}: raise its limit "
        "(LimitNOFILE= of systemd, ulimit -n) or lower that setting",
        limit.rlim_max, connections);
  }
}

/// An image of this process would have the key and every secret in it.
void forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
}

int serve(const SettingFlags& flags) {
  const auto config = flags.load();
  if (!config) {
    print_error(config.error());
    return exit_code_of(config.error().code);
  }
  if (const char* crash_at = std::getenv("MIH_CRASH_AT")) {
    if (const auto armed = arm_crash_point(crash_at); !armed) {
      print_error(armed.error());
      return exit_code_of(armed.error().code);
    }
  }
  const StopSignals signals;
  set_up_log(*config);
  for (const std::string& warning : config->warnings)
    spdlog::warn("{}", warning);
  raise_file_limit(config->max_connections);
  forbid_core_dumps();

  auto daemon = app::Daemon::start(*config, show_on_terminal);
  if (!daemon) {
    print_error(daemon.error());
    return exit_code_of(daemon.error().code);
  }
  std::cout << "listening on " << (*daemon)->url() << std::endl;
  signals.wait();
  stop(**daemon, signals);
  return kOk;
}

}  // namespace

void add_serve(CLI::App& app, Session& session) {
  auto flags = std::make_shared<std::unique_ptr<SettingFlags>>();
  CLI::App* command = session.command(app, "serve", "Run the hub in the foreground",
                                      [flags] { return serve(**flags); });
  *flags = std::make_unique<SettingFlags>(*command);
}

}  // namespace mih::cli
