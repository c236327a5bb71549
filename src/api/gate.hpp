#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/http.hpp"
#include "api/hub.hpp"
#include "api/route.hpp"
#include "api/sign_on.hpp"
#include "base/hash.hpp"
#include "base/ip.hpp"

namespace mih::api {

enum class Door : std::uint8_t { kTcp, kSocket, kAdminSocket };

/// The other end of a connection, and what it said about itself last.
struct Peer {
  Door door = Door::kTcp;
  bool loopback = false;  ///< connected from a loopback address
  bool trusted = false;   ///< admin socket: the daemon's own user or root
  bool encrypted = false;
  std::string address = {};  ///< "127.0.0.1", or who it is at the end of a Unix socket
  std::string last_token = {};
  Sha256 last_hash = {};
};

/// The cookie of people who have signed in.
inline constexpr std::string_view kSessionCookie = "mih_session";

/// The headers that decide who may pass.
struct Credentials {
  std::string_view authorization;
  std::optional<std::string_view> host;
  bool forwarded = false;                 ///< came through a proxy (X-Forwarded-For, Forwarded)
  std::string forwarded_for = {};         ///< of all lines of X-Forwarded-For, in their order
  std::string_view forwarded_proto = {};  ///< of X-Forwarded-Proto
  std::string_view cookie = {};
  std::string_view csrf_token = {};
  SignedRequest request = {};
};

/// Who is believed what.
struct GateOptions {
  /// Host names or addresses without port, besides the loopback names.
  std::vector<std::string> allowed_hosts;
  /// Proxies whose word on where a request came from counts.
  std::vector<IpNetwork> trusted_proxies = {};
  /// Who may read the metrics besides this machine.
  std::vector<IpNetwork> metrics_from = {};
};

/// Decides whether a request may go on to its handler: host, route, token, role, reach, in this
/// order, before the body is looked at.
class Gate {
 public:
  Gate(Hub& hub, const Clock& clock, Logins& logins, GateOptions options);

  struct Admission {
    const Route* route = nullptr;
    Caller caller = {};
    std::optional<Sha256> body_hash = {};  ///< the body must have it
    std::optional<Response> refusal = {};  ///< otherwise
  };
  Admission admit(Peer& peer, const Credentials& credentials, std::optional<Method> method,
                  Request& request);

  /// Whether who was admitted on this connection would be again, for this role.
  bool still_admits(const Peer& peer, const Caller& caller, core::Role role) const;

 private:
  struct Known {
    Caller caller;
    std::optional<Sha256> body_hash = {};
    std::string csrf_token = {};  ///< of an account's login
  };
  bool is_allowed_host(const std::optional<std::string_view>& host) const;
  /// Where a request came from.
  struct Origin {
    std::string address;
    bool loopback = false;
    bool certain = false;  ///< not merely somebody's word: nobody stands between, or is trusted
    bool encrypted = false;
  };
  Origin origin_of(const Peer& peer, const Credentials& credentials) const;
  /// This machine, or one of those that may read the metrics.
  bool is_near(const Origin& origin) const;
  Result<Known> identify(Peer& peer, const Credentials& credentials);
  std::optional<Known> identify_account(const Credentials& credentials);
  Result<Known> identify_signed_on(const Credentials& credentials, std::string_view assertion);

  Hub& hub_;
  const Clock& clock_;
  Logins& logins_;
  GateOptions options_;
  SignOns sign_ons_;
};

}  // namespace mih::api
