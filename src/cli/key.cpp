#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/setting_flags.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace mih::cli {
namespace {

constexpr const char* kDone = "The secrets are sealed with a new key.\n";

int report(const Error& error) {
  print_error(error);
  return exit_code_of(error.code);
}

/// A hub runs: it changes its key itself.
int rotate_running(const config::Config& config) {
  Client client({.socket = config.admin_socket(), .url = {}, .token = {}});
  const auto answer = client.send("POST", "/key/rotate");
  if (!answer) return report(answer.error());
  if (!answer->is_success()) {
    std::cerr << problem_text(answer->status, answer->body, {});
    return kFailed;
  }
  std::cout << kDone;
  return kOk;
}

int rotate(const SettingFlags& flags) {
  const auto config = flags.load();
  if (!config) return report(config.error());
  std::error_code ignored;
  if (!std::filesystem::exists(config->data / "mih.db", ignored)) {
    return report({ErrorCode::kNotFound,
                   config->data.string() + " holds no store; name the data directory of a hub",
                   {}});
  }
  store::sqlite::Options options;
  options.dir = config->data;
  options.key_file = config->key_file;
  auto opened = store::sqlite::open(options);
  if (!opened && opened.error().code == ErrorCode::kStoreLocked) return rotate_running(*config);
  if (!opened) return report(opened.error());
  const auto rotated = opened->store->rotate_key();
  if (!rotated) return report(rotated.error());
  const auto noted = opened->store->append_audit({.time = SystemClock{}.now().wall,
                                                  .who = "command line",
                                                  .address = "the hub was stopped",
                                                  .action = "POST /key/rotate",
                                                  .what = {}});
  if (!noted) return report(noted.error());
  std::cout << kDone;
  return kOk;
}

}  // namespace

void add_key(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "key", "The key of the secrets in the store");
  auto flags = std::make_shared<std::unique_ptr<SettingFlags>>();
  CLI::App* command = session.command(group, "rotate", "Seal all secrets with a new key",
                                      [flags] { return rotate(**flags); });
  *flags = std::make_unique<SettingFlags>(*command);
}

}  // namespace mih::cli
