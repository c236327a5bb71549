#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

/// The settings that are fixed while the hub runs. Each is described once, in settings.hpp; this is
/// the typed result. Settings that change at run time are core::Settings.
namespace mih::config {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kAuto, kText, kJson };

/// Where a value came from; a later one wins.
enum class Source : std::uint8_t { kDefault, kFile, kVariable, kFlag };
std::string_view name_of(Source source);

inline constexpr std::size_t kSettingCount = 21;

struct Config {
  std::string listen = "127.0.0.1:8085";   ///< HOST:PORT, [IPv6]:PORT; port 0 takes a free one
  std::string tls_certificate;             ///< PEM file; with it `listen` speaks TLS; "" = none
  std::string tls_key;                     ///< PEM file; "" = none
  bool insecure_listen = false;            ///< a non-loopback address without TLS is wanted
  std::vector<std::string> allowed_hosts;  ///< accepted in Host beside loopback names and `listen`
  std::vector<std::string> trusted_proxies;  ///< networks whose X-Forwarded-For is believed
  std::vector<std::string> metrics_from;     ///< networks that may read /metrics beside loopback
  std::chrono::milliseconds session_idle{std::chrono::minutes{30}};
  std::chrono::milliseconds session_life{std::chrono::hours{12}};
  std::filesystem::path data;      ///< data directory; load() always fills it in
  std::filesystem::path key_file;  ///< key of the secrets; load() fills it in
  std::filesystem::path socket;    ///< API socket with tokens; load() fills it in
  std::string socket_group;        ///< group of `socket`; "" = the process's
  std::int64_t min_free_disk = std::int64_t{256} << 20;  ///< bytes; below it intake is refused
  std::vector<std::string> allowed_private;  ///< networks, addresses, host names services may reach
  std::int64_t max_connections = 1024;
  std::int64_t max_body = std::int64_t{16} << 20;     ///< bytes of an unpacked request body
  std::chrono::milliseconds idle_timeout{60'000};     ///< keep-alive connection without a request
  std::chrono::milliseconds request_timeout{30'000};  ///< to send a whole request
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kAuto;

  std::filesystem::path file;                   ///< the file that was read; "" = none
  std::array<Source, kSettingCount> sources{};  ///< in the order of settings()
  std::vector<std::string> warnings;            ///< for the log: what was odd but not wrong

  /// The command line's socket: no token, trust by uid.
  std::filesystem::path admin_socket() const { return data / "admin.sock"; }
};

/// Where `listen` points.
struct Endpoint {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// Splits HOST:PORT or [IPv6]:PORT. kConfigInvalid says what is allowed.
Result<Endpoint> parse_endpoint(std::string_view text);

/// True for localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

}  // namespace mih::config
