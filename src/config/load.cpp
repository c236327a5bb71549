#include "config/load.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sys/un.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "config/settings.hpp"

namespace mih::config {
namespace {

/// Variables that are not settings but belong to the command line.
constexpr std::array<std::string_view, 4> kOtherVariables{"MIH_CONFIG", "MIH_CRASH_AT", "MIH_TOKEN",
                                                          "MIH_URL"};

/// Collects the faults of all sources, so that an operator sees them in one go.
class Loader {
 public:
  explicit Loader(const Inputs& inputs) : inputs_(inputs) {}

  Result<Config> run() {
    if (const auto path = file_to_read()) read_file(*path);
    read_variables();
    read_flags();
    fill_in_defaults();
    check_together();
    if (faults_.empty()) return std::move(config_);
    return fail(ErrorCode::kConfigInvalid,
                fmt::format("the configuration has {} fault{}; nothing was started", faults_.size(),
                            faults_.size() == 1 ? "" : "s"),
                std::move(faults_));
  }

 private:
  std::optional<std::filesystem::path> file_to_read() const {
    if (inputs_.file) return inputs_.file;
    if (const auto named = inputs_.variables.find("MIH_CONFIG"); named != inputs_.variables.end()) {
      return named->second;
    }
    std::error_code ignored;
    for (const auto& path :
         {inputs_.working_dir / "mih.toml", std::filesystem::path{"/etc/mih/mih.toml"}}) {
      if (std::filesystem::exists(path, ignored)) return path.lexically_normal();
    }
    return std::nullopt;
  }

  void read_file(const std::filesystem::path& path) {
    std::error_code ignored;
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path, ignored)) {
      add(path.string(), "cannot be read; check the name and its permissions");
      return;
    }
    config_.file = path;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    try {
      const toml::table table = toml::parse(text, path.string());
      for (const auto& [key, node] : table)
        read_member(key, node);
    } catch (const toml::parse_error& error) {
      const auto& where = error.source().begin;
      add(place(where.line, where.column), std::string{error.description()});
    }
  }

  void read_member(const toml::key& key, const toml::node& node) {
    const auto& where = key.source().begin;
    const std::string at = fmt::format("{}: {}", place(where.line, where.column), key.str());
    const Setting* setting = find_setting(key.str());
    if (!setting) {
      add(at, unknown(key.str()));
      return;
    }
    const auto text = text_of(*setting, node);
    if (!text) {
      add(at, fmt::format("must be {}", allowed_values(*setting)));
      return;
    }
    take(*setting, *text, Source::kFile, at);
  }

  /// The value as the text of a flag; empty when it has the wrong TOML type.
  static std::optional<std::string> text_of(const Setting& setting, const toml::node& node) {
    if (const auto* list = node.as_array()) {
      if (!std::holds_alternative<std::vector<std::string> Config::*>(setting.access)) return {};
      std::string joined;
      for (const auto& item : *list) {
        if (!item.is_string()) return {};
        joined += item.value_or(std::string{}) + ",";
      }
      return joined;
    }
    const bool is_number = std::holds_alternative<std::int64_t Config::*>(setting.access);
    const bool is_duration =
        std::holds_alternative<std::chrono::milliseconds Config::*>(setting.access);
    const bool is_flag = std::holds_alternative<bool Config::*>(setting.access);
    if (is_flag) {
      if (!node.is_boolean()) return {};
      return node.value_or(false) ? "true" : "false";
    }
    if (node.is_integer() && (is_number || is_duration)) {
      return std::to_string(node.value_or(std::int64_t{0}));
    }
    if (node.is_floating_point() && is_duration) return fmt::format("{}", node.value_or(0.0));
    const bool text_allowed = (!is_number && !is_duration) || setting.unit == Unit::kBytes;
    if (node.is_string() && text_allowed) return node.value_or(std::string{});
    return {};
  }

  void read_variables() {
    for (const auto& [name, text] : inputs_.variables) {
      const auto found = std::ranges::find(settings(), name, variable_of);
      if (found != settings().end()) {
        take(*found, text, Source::kVariable, name);
      } else if (std::ranges::find(kOtherVariables, name) == kOtherVariables.end()) {
        config_.warnings.push_back(
            fmt::format("the variable {} is not a setting and was ignored", name));
      }
    }
  }

  void read_flags() {
    for (const auto& [key, text] : inputs_.flags) {
      if (const Setting* setting = find_setting(key)) {
        take(*setting, text, Source::kFlag, flag_of(*setting));
      } else {
        add(key, unknown(key));
      }
    }
  }

  void fill_in_defaults() {
    std::error_code ignored;
    if (config_.data.empty()) {
      const auto local = inputs_.working_dir / "mih-data";
      const bool is_local = std::filesystem::exists(local, ignored) ||
                            !std::filesystem::exists("/var/lib/mih", ignored);
      config_.data = is_local ? local : std::filesystem::path{"/var/lib/mih"};
    }
    config_.data = std::filesystem::absolute(config_.data, ignored).lexically_normal();
    if (config_.key_file.empty()) config_.key_file = config_.data / "mih.key";
    config_.key_file = std::filesystem::absolute(config_.key_file, ignored).lexically_normal();
    if (config_.socket.empty()) config_.socket = config_.data / "mih.sock";
    config_.socket = std::filesystem::absolute(config_.socket, ignored).lexically_normal();
  }

  void check_together() {
    const auto endpoint = parse_endpoint(config_.listen);
    const bool encrypted = !config_.tls_certificate.empty();
    if (encrypted != !config_.tls_key.empty()) {
      add(encrypted ? "tls_key" : "tls_certificate",
          "certificate and key belong together: name both files, or none");
    }
    if (endpoint && !is_loopback(endpoint->host) && !encrypted && !config_.insecure_listen) {
      add("listen",
          fmt::format("{} can be reached from other machines, where tokens and events would travel "
                      "unencrypted; give a certificate (tls_certificate, tls_key), listen on "
                      "127.0.0.1 behind a proxy with TLS, or say --insecure-listen "
                      "(insecure_listen = true)",
                      config_.listen));
    }
    constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    for (const auto& path : {config_.admin_socket(), config_.socket}) {
      if (path.native().size() <= kLongest) continue;
      add(path == config_.socket ? "socket" : "data",
          fmt::format("the path of the socket {} is longer than {} bytes; choose a shorter one",
                      path.string(), kLongest));
    }
  }

  void take(const Setting& setting, std::string_view text, Source source, const std::string& at) {
    auto taken = set_from_text(setting, text, config_);
    if (!taken) {
      add(at, std::move(taken.error().detail));
      return;
    }
    config_.sources[static_cast<std::size_t>(&setting - settings().data())] = source;
  }

  static std::string unknown(std::string_view key) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : settings())
      keys.push_back(setting.key);
    return fmt::format("\"{}\" is not a setting; there are {}", key, fmt::join(keys, ", "));
  }

  std::string place(toml::source_index line, toml::source_index column) const {
    return fmt::format("{}:{}:{}", config_.file.string(), line, column);
  }

  void add(std::string where, std::string what) {
    faults_.push_back({std::move(where), std::move(what)});
  }

  const Inputs& inputs_;
  Config config_;
  std::vector<FieldError> faults_;
};

}  // namespace

std::map<std::string, std::string> process_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (!text.starts_with("MIH_") || equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<Config> load(const Inputs& inputs) {
  return Loader{inputs}.run();
}

std::string print(const Config& config) {
  std::string out = config.file.empty() ? std::string{"# no configuration file was read\n"}
                                        : fmt::format("# read from {}\n", config.file.string());
  for (std::size_t i = 0; i < kSettingCount; ++i) {
    const Setting& setting = settings()[i];
    out += fmt::format("\n# {}\n# Allowed: {}. {}, {}.\n", setting.help, allowed_values(setting),
                       variable_of(setting), flag_of(setting));
    out += setting.default_note.empty()
               ? fmt::format("# Default: {}", value_text(setting, Config{}))
               : fmt::format("# Default: {}", setting.default_note);
    out += fmt::format(". Now from: {}.\n{} = {}\n", name_of(config.sources[i]), setting.key,
                       value_text(setting, config));
  }
  return out;
}

}  // namespace mih::config
