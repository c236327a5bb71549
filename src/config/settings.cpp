#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

#include "base/ip.hpp"

namespace mih::config {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kGiB = 1024.0 * kMiB;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kFormats{"auto", "text", "json"};

constexpr Choice kLogLevel{
    kLevels, [](const Config& c) { return static_cast<std::size_t>(c.log_level); },
    [](Config& c, std::size_t i) { c.log_level = static_cast<LogLevel>(i); }};
constexpr Choice kLogFormat{
    kFormats, [](const Config& c) { return static_cast<std::size_t>(c.log_format); },
    [](Config& c, std::size_t i) { c.log_format = static_cast<LogFormat>(i); }};

std::string endpoint_fault(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? std::string{} : endpoint.error().detail;
}

std::string reachable_fault(std::string_view item) {
  if (parse_network(item) || is_host_name(item)) return {};
  return fmt::format("\"{}\" is not a network (10.0.0.0/8), an address (127.0.0.1) or a host name",
                     item);
}

std::string network_fault(std::string_view item) {
  if (parse_network(item)) return {};
  return fmt::format("\"{}\" is not a network (10.0.0.0/8) or an address (127.0.0.1)", item);
}

std::string host_fault(std::string_view item) {
  if (parse_ip(item) || is_host_name(item)) return {};
  return fmt::format("\"{}\" is not a host name or an address; leave out scheme and port", item);
}

constexpr std::array<Setting, kSettingCount> kSettings{{
    {.key = "listen",
     .access = &Config::listen,
     .help = "Address of the HTTP API, HOST:PORT; port 0 takes a free one.",
     .fault = endpoint_fault},
    {.key = "insecure_listen",
     .access = &Config::insecure_listen,
     .help = "Allow `listen` to be reachable from other machines without TLS."},
    {.key = "tls_certificate",
     .access = &Config::tls_certificate,
     .help =
         "File with a certificate and its chain (PEM): `listen` speaks TLS; empty: it does not."},
    {.key = "tls_key",
     .access = &Config::tls_key,
     .help = "File with the key of the certificate (PEM)."},
    {.key = "allowed_hosts",
     .access = &Config::allowed_hosts,
     .help = "Names accepted in the Host header, besides loopback names and the listen address.",
     .fault = host_fault},
    {.key = "trusted_proxies",
     .access = &Config::trusted_proxies,
     .help = "Addresses and networks of proxies whose X-Forwarded-For is believed.",
     .fault = network_fault},
    {.key = "metrics_from",
     .access = &Config::metrics_from,
     .help = "Addresses and networks that may read /metrics, besides this machine.",
     .fault = network_fault},
    {.key = "session_idle",
     .access = &Config::session_idle,
     .unit = Unit::kSeconds,
     .min = 60,
     .max = 86'400,
     .help = "Who is signed in and does nothing for so long is signed out."},
    {.key = "session_life",
     .access = &Config::session_life,
     .unit = Unit::kSeconds,
     .min = 60,
     .max = 30.0 * 86'400,
     .help = "Who is signed in has to sign in again after this time."},
    {.key = "data",
     .access = &Config::data,
     .help = "Data directory of the hub.",
     .default_note = "./mih-data if it exists or /var/lib/mih does not, else /var/lib/mih"},
    {.key = "key_file",
     .access = &Config::key_file,
     .help = "File with the key of the secrets, made at the first start; keep it out of backups.",
     .default_note = "mih.key in the data directory"},
    {.key = "socket",
     .access = &Config::socket,
     .help = "Unix socket of the HTTP API with tokens, for the connector.",
     .default_note = "mih.sock in the data directory"},
    {.key = "socket_group",
     .access = &Config::socket_group,
     .help = "Group that may use the socket; empty is the group of the process."},
    {.key = "min_free_disk",
     .access = &Config::min_free_disk,
     .unit = Unit::kBytes,
     .max = 1024 * kGiB,
     .help = "No new events are accepted while less is free on the disk of the data directory."},
    {.key = "allowed_private",
     .access = &Config::allowed_private,
     .help = "Private networks, addresses and host names that services may reach.",
     .fault = reachable_fault},
    {.key = "max_connections",
     .access = &Config::max_connections,
     .min = 1,
     .max = 100'000,
     .help = "Most connections to the HTTP API at a time."},
    {.key = "max_body",
     .access = &Config::max_body,
     .unit = Unit::kBytes,
     .min = kMiB,
     .max = kGiB,
     .help = "Largest body of a request to the HTTP API, unpacked."},
    {.key = "idle_timeout",
     .access = &Config::idle_timeout,
     .unit = Unit::kSeconds,
     .min = 1,
     .max = 3600,
     .help = "A connection without a request is closed after this time."},
    {.key = "request_timeout",
     .access = &Config::request_timeout,
     .unit = Unit::kSeconds,
     .min = 1,
     .max = 3600,
     .help = "A request must have arrived completely within this time."},
    {.key = "log_level",
     .access = kLogLevel,
     .help = "Least important kind of line that is written to the log."},
    {.key = "log_format",
     .access = kLogFormat,
     .help = "Form of the log; auto is text on a terminal and JSON otherwise."},
}};

template <class... Fn>
struct Overloaded : Fn... {
  using Fn::operator()...;
};

std::unexpected<Error> not_allowed(const Setting& setting, std::string_view text) {
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("must be {}, not \"{}\"", allowed_values(setting), text));
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

/// A number with an optional binary unit: 1048576, 256MiB, "2 GiB".
std::optional<double> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
      {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", kMiB}, {"GiB", kGiB}}};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix = trimmed({end, text.end()});
  for (const auto& [name, factor] : kUnits) {
    if (suffix == name) return static_cast<double>(number) * factor;
  }
  return std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || end != text.end() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> parse_whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || end != text.end()) return std::nullopt;
  return static_cast<double>(number);
}

std::string size_text(double bytes) {
  if (bytes >= kGiB && std::fmod(bytes, kGiB) == 0) return fmt::format("{:.0f} GiB", bytes / kGiB);
  if (bytes >= kMiB && std::fmod(bytes, kMiB) == 0) return fmt::format("{:.0f} MiB", bytes / kMiB);
  return fmt::format("{:.0f}", bytes);
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_list(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  std::ranges::transform(items, std::back_inserter(quoted), toml_quoted);
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

}  // namespace

std::span<const Setting, kSettingCount> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto found = std::ranges::find(kSettings, key, &Setting::key);
  return found == kSettings.end() ? nullptr : &*found;
}

std::string flag_of(const Setting& setting) {
  std::string flag = "--";
  for (const char c : setting.key)
    flag += c == '_' ? '-' : c;
  return flag;
}

std::string variable_of(const Setting& setting) {
  std::string variable = "MIH_";
  for (const char c : setting.key)
    variable += c == '_' ? c : static_cast<char>(c - 'a' + 'A');
  return variable;
}

std::string allowed_values(const Setting& setting) {
  return std::visit(
      Overloaded{
          [](std::string Config::*) { return std::string{"a text"}; },
          [](bool Config::*) { return std::string{"true or false"}; },
          [&](std::int64_t Config::*) {
            if (setting.unit == Unit::kBytes) {
              return fmt::format("a size from {} to {} (bytes, or with KiB, MiB, GiB)",
                                 size_text(setting.min), size_text(setting.max));
            }
            return fmt::format("a whole number from {:.0f} to {:.0f}", setting.min, setting.max);
          },
          [](std::filesystem::path Config::*) { return std::string{"a path"}; },
          [&](std::chrono::milliseconds Config::*) {
            return fmt::format("a number of seconds from {} to {}", setting.min, setting.max);
          },
          [](std::vector<std::string> Config::*) { return std::string{"a list of texts"}; },
          [](const Choice& choice) { return fmt::format("{}", fmt::join(choice.names, ", ")); }},
      setting.access);
}

Result<void> set_from_text(const Setting& setting, std::string_view text, Config& config) {
  const auto in_bounds = [&](std::optional<double> number) {
    return number && *number >= setting.min && *number <= setting.max;
  };
  const auto fault_of = [&](std::string_view item) {
    return setting.fault ? setting.fault(item) : std::string{};
  };
  return std::visit(
      Overloaded{[&](std::string Config::* member) -> Result<void> {
                   if (std::string fault = fault_of(text); !fault.empty()) {
                     return fail(ErrorCode::kConfigInvalid, std::move(fault));
                   }
                   config.*member = text;
                   return {};
                 },
                 [&](bool Config::* member) -> Result<void> {
                   if (text != "true" && text != "false") return not_allowed(setting, text);
                   config.*member = text == "true";
                   return {};
                 },
                 [&](std::int64_t Config::* member) -> Result<void> {
                   const auto number =
                       setting.unit == Unit::kBytes ? parse_size(text) : parse_whole(text);
                   if (!in_bounds(number)) return not_allowed(setting, text);
                   config.*member = static_cast<std::int64_t>(*number);
                   return {};
                 },
                 [&](std::filesystem::path Config::* member) -> Result<void> {
                   if (text.empty() || text.find('\0') != text.npos)
                     return not_allowed(setting, text);
                   config.*member = text;
                   return {};
                 },
                 [&](std::chrono::milliseconds Config::* member) -> Result<void> {
                   const auto number = parse_number(text);
                   if (!in_bounds(number)) return not_allowed(setting, text);
                   config.*member = std::chrono::round<std::chrono::milliseconds>(
                       std::chrono::duration<double>{*number});
                   return {};
                 },
                 [&](std::vector<std::string> Config::* member) -> Result<void> {
                   auto items = split_list(text);
                   for (const std::string& item : items) {
                     if (std::string fault = fault_of(item); !fault.empty()) {
                       return fail(ErrorCode::kConfigInvalid, std::move(fault));
                     }
                   }
                   config.*member = std::move(items);
                   return {};
                 },
                 [&](const Choice& choice) -> Result<void> {
                   const auto found = std::ranges::find(choice.names, text);
                   if (found == choice.names.end()) return not_allowed(setting, text);
                   choice.set(config, static_cast<std::size_t>(found - choice.names.begin()));
                   return {};
                 }},
      setting.access);
}

std::string value_text(const Setting& setting, const Config& config) {
  return std::visit(
      Overloaded{
          [&](std::string Config::* member) { return toml_quoted(config.*member); },
          [&](bool Config::* member) { return std::string{config.*member ? "true" : "false"}; },
          [&](std::int64_t Config::* member) { return std::to_string(config.*member); },
          [&](std::filesystem::path Config::* member) {
            return toml_quoted((config.*member).string());
          },
          [&](std::chrono::milliseconds Config::* member) {
            return fmt::format("{}", std::chrono::duration<double>(config.*member).count());
          },
          [&](std::vector<std::string> Config::* member) { return toml_list(config.*member); },
          [&](const Choice& choice) { return toml_quoted(choice.names[choice.get(config)]); }},
      setting.access);
}

}  // namespace mih::config
