#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "config/load.hpp"

namespace mih::cli {

/// --config and a flag for every setting of the configuration. With `kFileAsArgument` the file may
/// also be named without --config.
class SettingFlags {
 public:
  enum class Form { kFlagsOnly, kFileAsArgument };
  explicit SettingFlags(CLI::App& command, Form form = Form::kFlagsOnly);
  SettingFlags(const SettingFlags&) = delete;
  SettingFlags& operator=(const SettingFlags&) = delete;

  Result<config::Config> load() const;

 private:
  std::string file_;
  std::map<std::string, std::string> texts_;  ///< by key
  std::map<std::string, CLI::Option*> options_;
};

}  // namespace mih::cli
