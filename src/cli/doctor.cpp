#include <fmt/format.h>
#include <iostream>
#include <sqlite3.h>

#include "cli/commands.hpp"
#include "cli/doctor_checks.hpp"
#include "cli/setting_flags.hpp"

namespace mih::cli {
namespace {

void check_configuration(const config::Config& config, Findings& findings) {
  const std::string read = config.file.empty() ? std::string("good; no file was read")
                                               : config.file.string() + " is good";
  if (config.warnings.empty()) return findings.ok("configuration", read);
  for (const auto& warning : config.warnings)
    findings.warn("configuration", warning, "correct its name, or remove it");
}

/// All checks; the code says whether the store can be used.
int look_at_everything(const config::Config& config, Findings& findings) {
  const auto now = SystemClock().now().wall;
  findings.ok("version", fmt::format("mih {}, SQLite {}", MIH_VERSION, sqlite3_libversion()));
  check_configuration(config, findings);
  check_data_directory(config, findings);
  check_disk(config, findings);
  const auto daemon = find_daemon(config);
  check_hub(config, daemon, findings);
  check_listen(config, daemon.has_value(), findings);
  check_certificate(config, now, findings);
  check_allowed_hosts(config, findings);
  ProgressLine line;
  const auto store = check_store(config, line, findings);
  line.clear();
  check_key(config, store.key_id, findings);
  const std::int64_t calls = store.is_current ? check_content(config, now, findings) : 0;
  check_open_files(config, daemon, calls, findings);
  if (store.unusable) return exit_code_of(*store.unusable);
  return findings.state() == Finding::State::kProblem ? kFailed : kOk;
}

int diagnose(const Session& session, const SettingFlags& flags) {
  const auto config = flags.load();
  if (!config) {
    print_error(config.error());
    return exit_code_of(config.error().code);
  }
  Findings findings;
  const int code = look_at_everything(*config, findings);
  std::cout << (session.json() ? findings.as_json() + "\n" : findings.as_text()) << std::flush;
  return code;
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  auto flags = std::make_shared<std::unique_ptr<SettingFlags>>();
  CLI::App* command =
      session.command(app, "doctor", "Look for what is wrong with a hub, and say what to do",
                      [&session, flags] { return diagnose(session, **flags); });
  session.add_json_flag(*command);
  *flags = std::make_unique<SettingFlags>(*command);
}

}  // namespace mih::cli
