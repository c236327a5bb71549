#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"

/// One described definition per setting. The file, the MIH_... variables, the flags, `--help`,
/// `mih config print` and the reference page all come from it.
namespace mih::config {

/// A setting with a fixed set of values.
struct Choice {
  std::span<const std::string_view> names;
  std::size_t (*get)(const Config&);
  void (*set)(Config&, std::size_t);
};

enum class Unit : std::uint8_t { kNone, kBytes, kSeconds };

struct Setting {
  using Access = std::variant<std::string Config::*, bool Config::*, std::int64_t Config::*,
                              std::filesystem::path Config::*, std::chrono::milliseconds Config::*,
                              std::vector<std::string> Config::*, Choice>;

  std::string_view key;  ///< in the file; the flag has dashes, the variable is MIH_ + capitals
  Access access;
  Unit unit = Unit::kNone;
  double min = 0;  ///< numbers; durations in seconds
  double max = 0;
  std::string_view help;
  std::string_view default_note = {};  ///< what the default is when it depends on the machine
  /// Further rules for a text or for each item of a list: what is wrong with it, "" = nothing.
  std::string (*fault)(std::string_view) = nullptr;
};

std::span<const Setting, kSettingCount> settings();
const Setting* find_setting(std::string_view key);

std::string flag_of(const Setting& setting);      ///< "--min-free-disk"
std::string variable_of(const Setting& setting);  ///< "MIH_MIN_FREE_DISK"

/// What values are allowed, for people: "a whole number from 1 to 100", "text or json", ...
std::string allowed_values(const Setting& setting);

/// Takes the text of a flag or variable; lists are separated by commas. The error is the reason
/// alone, without the key.
Result<void> set_from_text(const Setting& setting, std::string_view text, Config& config);

/// The value as it would be written in the file (TOML).
std::string value_text(const Setting& setting, const Config& config);

}  // namespace mih::config
