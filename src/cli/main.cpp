#include <clocale>
#include <csignal>
#include <curl/curl.h>
#include <iostream>
#include <optional>
#include <string>

#include "cli/commands.hpp"

namespace {

constexpr const char* kAbout =
    "Moodle Integration Hub: carries Moodle events to external services, durably.\n"
    "Not affiliated with Moodle Pty Ltd.";

/// A word that stands where a command is needed and is none.
std::optional<std::string> unknown_command(const CLI::App& app, const CLI::ParseError& error) {
  if (!dynamic_cast<const CLI::RequiredError*>(&error)) return std::nullopt;
  const auto left = app.remaining(true);
  if (left.empty() || left.front().starts_with('-')) return std::nullopt;
  return left.front();
}

int run(int argc, char** argv) {
  using namespace mih::cli;
  Session session;
  CLI::App app{kAbout, "mih"};
  app.set_version_flag("--version", "mih " MIH_VERSION);
  app.require_subcommand(1);
  add_serve(app, session);
  add_demo(app, session);
  add_service(app, session);
  add_rule(app, session);
  add_event(app, session);
  add_delivery(app, session);
  add_dead_letter(app, session);
  add_log(app, session);
  add_site(app, session);
  add_moodle(app, session);
  add_token(app, session);
  add_user(app, session);
  add_secret(app, session);
  add_key(app, session);
  add_settings(app, session);
  add_stats(app, session);
  add_config(app, session);
  add_import(app, session);
  add_sql(app, session);
  add_backup(app, session);
  add_doctor(app, session);
  add_bench(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto word = unknown_command(app, error)) {
      std::cerr << "mih: there is no command " << *word << "; --help lists them\n";
      return kUsage;
    }
    return app.exit(error, std::cout, std::cerr) == 0 ? kOk : kUsage;
  }
  return session.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_TIME, "");
  std::signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "mih: " << error.what() << std::endl;
    return mih::cli::kFailed;
  }
}
