#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <limits>
#include <memory>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/tls.hpp"
#include "cli/client.hpp"
#include "cli/doctor_checks.hpp"
#include "cli/terminal.hpp"
#include "store/sqlite/directory.hpp"

namespace mih::cli {
namespace {

constexpr const char* kHub = "hub";
constexpr const char* kListen = "listen address";
constexpr const char* kCertificate = "certificate";
constexpr const char* kHosts = "allowed hosts";
constexpr const char* kOpenFiles = "open files";
/// Files that the hub needs besides connections: database, sockets, libraries' own.
constexpr std::int64_t kOwnFiles = 100;
constexpr int kDaysToRenew = 14;

std::optional<std::int64_t> file_limit_of(const std::string& pid) {
  constexpr std::string_view kName = "Max open files";
  std::ifstream limits("/proc/" + pid + "/limits");
  std::string line;
  while (std::getline(limits, line)) {
    if (!line.starts_with(kName)) continue;
    const auto begin = line.find_first_of("0123456789");
    if (begin == std::string::npos) return std::nullopt;
    std::int64_t limit = 0;
    std::from_chars(line.data() + begin, line.data() + line.size(), limit);
    return limit;
  }
  return std::nullopt;
}

std::string reasons_in(const std::string& body) {
  json::Document document;
  std::vector<std::string> reasons;
  if (document.parse(body) && document.root().is_object()) {
    if (const auto list = document.root().find("reasons"); list && list->is_array()) {
      list->each_element([&](const json::Value& reason) {
        if (reason.is_string()) reasons.push_back(reason.as_string());
      });
    }
  }
  return reasons.empty() ? "it does not say why" : fmt::format("{}", fmt::join(reasons, ", "));
}

/// Why nobody could listen there now; "" when one can.
std::string why_not_free(const config::Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(endpoint.port);
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found)) {
    return ::gai_strerror(error);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  const int probe = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return std::strerror(errno);
  const int on = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool is_free = ::bind(probe, found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  ::close(probe);
  return is_free ? std::string{} : std::strerror(error);
}

/// Days until the first certificate of a file is not valid any more; empty if there is none.
std::optional<int> days_left(const std::string& path, WallTime now) {
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> file{std::fopen(path.c_str(), "re"),
                                                                &std::fclose};
  if (!file) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr), &X509_free};
  if (!certificate) return std::nullopt;
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> today{
      ASN1_TIME_set(nullptr, static_cast<std::time_t>(to_unix_s(now))), &ASN1_TIME_free};
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, today.get(), X509_get0_notAfter(certificate.get())) != 1) {
    return std::nullopt;
  }
  return seconds <= 0 && days == 0 ? -1 : days;
}

}  // namespace

std::optional<RunningDaemon> find_daemon(const config::Config& config) {
  auto pid = store::sqlite::Directory::holder(config.data);
  if (!pid) return std::nullopt;
  RunningDaemon daemon{.pid = std::move(*pid), .max_files = std::nullopt};
  daemon.max_files = file_limit_of(daemon.pid);
  return daemon;
}

void check_hub(const config::Config& config, const std::optional<RunningDaemon>& daemon,
               Findings& findings) {
  if (!daemon) {
    return findings.warn(kHub, "no hub runs on this data directory",
                         fmt::format("mih serve --data {}", config.data.string()));
  }
  Client client({.socket = config.admin_socket(), .url = {}, .token = {}});
  const std::string runs = fmt::format("runs (pid {})", daemon->pid);
  const auto health = client.get("/healthz");
  if (!health || !health->is_success()) {
    return findings.problem(
        kHub, fmt::format("{}, but does not answer at {}", runs, config.admin_socket().string()),
        "see its log; when it has just been started, wait; otherwise restart it");
  }
  const auto ready = client.get("/readyz");
  if (!ready || !ready->is_success()) {
    return findings.problem(kHub,
                            fmt::format("{}, but takes nothing: {}", runs,
                                        ready ? reasons_in(ready->body) : std::string("no answer")),
                            "wait for it, and see its log");
  }
  findings.ok(kHub, runs + ", answers and is ready");
}

void check_listen(const config::Config& config, bool is_running, Findings& findings) {
  const auto endpoint = config::parse_endpoint(config.listen);
  if (!endpoint) return;  // loading the configuration has refused it
  if (is_running) {
    std::ifstream file(config.data / "listen");
    std::string url;
    if (!std::getline(file, url)) {
      return findings.warn(kListen, "the hub has not said yet where it listens",
                           "wait for the end of its start");
    }
    return findings.ok(kListen, url);
  }
  if (const auto fault = why_not_free(*endpoint); !fault.empty()) {
    return findings.problem(kListen,
                            fmt::format("a hub could not listen on {}: {}", config.listen, fault),
                            "end the program that has it, or choose another one with listen");
  }
  findings.ok(kListen, config.listen + " is free");
}

void check_certificate(const config::Config& config, WallTime now, Findings& findings) {
  if (config.tls_certificate.empty()) {
    const auto endpoint = config::parse_endpoint(config.listen);
    if (endpoint && !config::is_loopback(endpoint->host)) {
      return findings.warn(
          kCertificate,
          fmt::format("{} can be reached from other machines, and has none", config.listen),
          "tokens and events travel unencrypted: name tls_certificate and tls_key");
    }
    return findings.ok(kCertificate, "none; only this machine reaches the hub");
  }
  const auto usable = api::make_tls(config.tls_certificate, config.tls_key);
  if (!usable) {
    return findings.problem(kCertificate, usable.error().detail,
                            "the hub cannot start with it: correct the files");
  }
  const auto days = days_left(config.tls_certificate, now);
  if (!days) {
    return findings.problem(kCertificate,
                            config.tls_certificate + " does not say how long it is valid",
                            "use another certificate");
  }
  const auto says = fmt::format("{} is valid for {} more days", config.tls_certificate, *days);
  if (*days < 0) {
    findings.problem(kCertificate, config.tls_certificate + " is not valid any more",
                     "renew it and restart the hub");
  } else if (*days < kDaysToRenew) {
    findings.warn(kCertificate, says, "renew it and restart the hub");
  } else {
    findings.ok(kCertificate, says);
  }
}

void check_allowed_hosts(const config::Config& config, Findings& findings) {
  const auto endpoint = config::parse_endpoint(config.listen);
  if (!config.allowed_hosts.empty()) {
    return findings.ok(kHosts, fmt::format("{}", fmt::join(config.allowed_hosts, ", ")));
  }
  const bool is_public = endpoint && !config::is_loopback(endpoint->host);
  if (!is_public && config.trusted_proxies.empty()) {
    return findings.ok(kHosts, "loopback names only");
  }
  findings.warn(kHosts, "the hub is for other machines, but answers to no name of its own",
                "name it as it is in browsers' address lines: allowed_hosts");
}

void check_open_files(const config::Config& config, const std::optional<RunningDaemon>& daemon,
                      std::int64_t calls, Findings& findings) {
  rlimit own{};
  ::getrlimit(RLIMIT_NOFILE, &own);
  // A hub takes what the hard limit allows.
  constexpr auto kUnlimited = std::numeric_limits<std::int64_t>::max();
  const std::int64_t mine =
      own.rlim_max == RLIM_INFINITY ? kUnlimited : static_cast<std::int64_t>(own.rlim_max);
  const std::int64_t limit = daemon && daemon->max_files ? *daemon->max_files : mine;
  const std::int64_t wanted = config.max_connections + calls + kOwnFiles;
  const auto says =
      fmt::format("up to {} for max_connections and the services' max_concurrency, the limit is {}",
                  wanted, limit);
  if (limit >= wanted) return findings.ok(kOpenFiles, says);
  findings.warn(kOpenFiles, says, "raise it (LimitNOFILE of systemd, ulimit -n)");
}

}  // namespace mih::cli
