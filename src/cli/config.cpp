#include <iostream>

#include "cli/commands.hpp"
#include "cli/config_items.hpp"
#include "cli/setting_flags.hpp"

namespace mih::cli {
namespace {

int load_and(const SettingFlags& flags, std::string (*describe)(const config::Config&)) {
  const auto config = flags.load();
  if (!config) {
    print_error(config.error());
    return exit_code_of(config.error().code);
  }
  for (const std::string& warning : config->warnings)
    std::cerr << "mih: " << warning << "\n";
  std::cout << describe(*config) << std::flush;
  return kOk;
}

std::string good(const config::Config& config) {
  return config.file.empty() ? "The configuration is good; no file was read.\n"
                             : config.file.string() + " is good.\n";
}

}  // namespace

void add_config(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(
      app, "config", "The configuration: mih.toml, and services and rules as a file");
  const auto command = [&](const std::string& name, const std::string& help, auto describe) {
    auto flags = std::make_shared<std::unique_ptr<SettingFlags>>();
    CLI::App* made = session.command(group, name, help,
                                     [flags, describe] { return load_and(**flags, describe); });
    *flags = std::make_unique<SettingFlags>(*made, SettingFlags::Form::kFileAsArgument);
  };
  command("print", "Every setting with its value, source and documentation", config::print);
  command("check", "Only check file, variables and flags", good);
  add_config_export(group, session);
  add_config_apply(group, session);
}

}  // namespace mih::cli
