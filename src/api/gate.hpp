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
#include "base/hash.hpp"

namespace mih::api {

enum class Door : std::uint8_t { kTcp, kSocket, kAdminSocket };

/// The other end of a connection, and what it said about itself last.
struct Peer {
  Door door = Door::kTcp;
  bool loopback = false;  ///< connected from a loopback address
  bool trusted = false;   ///< admin socket: the daemon's own user or root
  std::string last_token = {};
  Sha256 last_hash = {};
};

/// The headers that decide who may pass.
struct Credentials {
  std::string_view authorization;
  std::optional<std::string_view> host;
  bool forwarded = false;  ///< came through a proxy (X-Forwarded-For, Forwarded)
};

/// Decides whether a request may go on to its handler: host, route, token, role, reach, in this
/// order, before the body is looked at.
class Gate {
 public:
  /// `allowed_hosts` are host names or addresses without port, besides the loopback names.
  Gate(const Hub& hub, std::vector<std::string> allowed_hosts);

  struct Admission {
    const Route* route = nullptr;
    Caller caller = {};
    std::optional<Response> refusal = {};  ///< otherwise
  };
  Admission admit(Peer& peer, const Credentials& credentials, std::optional<Method> method,
                  Request& request) const;

 private:
  bool is_allowed_host(const std::optional<std::string_view>& host) const;
  std::optional<Caller> identify(Peer& peer, std::string_view authorization) const;

  const Hub& hub_;
  std::vector<std::string> allowed_hosts_;
};

}  // namespace mih::api
