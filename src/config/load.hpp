#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "config/config.hpp"

namespace mih::config {

/// Everything that has a say in the configuration, passed in: nothing is read from the process.
struct Inputs {
  std::optional<std::filesystem::path> file;  ///< --config; else MIH_CONFIG; must exist when given
  std::map<std::string, std::string> variables;  ///< the environment's MIH_... names
  std::map<std::string, std::string> flags;      ///< key (not flag) -> text
  std::filesystem::path working_dir = ".";       ///< where mih.toml and mih-data are looked for
};

/// The MIH_... variables of this process.
std::map<std::string, std::string> process_variables();

/// Flag over variable over file over default. All faults are reported at once, each with its file
/// and line, variable or flag and with what is allowed (kConfigInvalid).
Result<Config> load(const Inputs& inputs);

/// The whole configuration as a commented TOML file: sentence, bounds, source, value.
std::string print(const Config& config);

}  // namespace mih::config
