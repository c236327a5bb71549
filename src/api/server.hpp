#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/hub.hpp"
#include "api/logins.hpp"
#include "base/error.hpp"
#include "base/ip.hpp"
#include "base/time.hpp"

namespace mih::api {

/// Where the server listens and what strangers may cost. An empty address is not listened on.
struct ServerOptions {
  std::string listen = "127.0.0.1:8085";   ///< HOST:PORT; port 0 takes a free one
  std::filesystem::path tls_certificate;   ///< PEM; with it `listen` speaks TLS
  std::filesystem::path tls_key;           ///< PEM
  std::filesystem::path admin_socket;      ///< 0600; the daemon's user and root may manage
  std::filesystem::path socket;            ///< 0660; tokens only
  std::string socket_group;                ///< of `socket`; "" leaves it
  std::vector<std::string> allowed_hosts;  ///< Host headers, besides loopback and listen address
  std::vector<IpNetwork> trusted_proxies;  ///< whose X-Forwarded-For is believed
  std::vector<IpNetwork> metrics_from;     ///< who may read the metrics besides this machine
  LoginLimits logins;

  std::size_t max_body = 16U << 20U;
  std::size_t max_header = 16U << 10U;
  std::size_t max_connections = 1000;  ///< for each listener
  std::chrono::milliseconds idle_timeout{std::chrono::seconds{75}};
  std::chrono::milliseconds header_timeout{std::chrono::seconds{10}};
  std::chrono::milliseconds body_timeout{std::chrono::seconds{60}};
  std::chrono::milliseconds write_timeout{std::chrono::seconds{60}};
  std::chrono::milliseconds linger_timeout{std::chrono::seconds{5}};
  std::chrono::milliseconds stop_timeout{std::chrono::seconds{10}};  ///< for running requests

  /// Gets one line about each failure that was not foreseen, on the io thread.
  std::function<void(std::string_view)> report = [](std::string_view) {};
};

/// The HTTP server of the hub: one thread, TCP and Unix sockets, the routes of routes.cpp.
class Server {
 public:
  /// `hub` and `clock` outlive the server.
  Server(ServerOptions options, Hub& hub, const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens and serves. kConfigInvalid when an address cannot be listened on.
  Result<void> start();

  /// Refuses new requests, answers running ones for at most `stop_timeout`, then ends the thread.
  /// Answers of the hub that come later are dropped. Safe to call twice.
  void stop();

  /// "http://127.0.0.1:8085" with the port really taken; "" when TCP is not listened on.
  const std::string& url() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mih::api
