#include "cli/setting_flags.hpp"

#include <fmt/format.h>

#include "config/settings.hpp"

namespace mih::cli {

SettingFlags::SettingFlags(CLI::App& command, Form form) {
  command
      .add_option(form == Form::kFileAsArgument ? "--config,file" : "--config", file_,
                  "Configuration file (MIH_CONFIG; ./mih.toml, /etc/mih)")
      ->type_name("FILE");
  for (const config::Setting& setting : config::settings()) {
    const std::string key{setting.key};
    const std::string flag = config::flag_of(setting);
    const std::string help = fmt::format("{} ({})", setting.help, config::variable_of(setting));
    std::string& text = texts_[key];
    options_[key] = std::holds_alternative<bool config::Config::*>(setting.access)
                        ? command.add_flag(flag + "{true}", text, help)
                        : command.add_option(flag, text, help)->type_name("VALUE");
  }
}

Result<config::Config> SettingFlags::load() const {
  config::Inputs inputs;
  if (!file_.empty()) inputs.file = file_;
  inputs.variables = config::process_variables();
  for (const auto& [key, option] : options_) {
    if (option->count() > 0) inputs.flags[key] = texts_.at(key);
  }
  return config::load(inputs);
}

}  // namespace mih::cli
