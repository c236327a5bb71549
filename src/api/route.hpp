#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "api/http.hpp"
#include "core/token.hpp"

namespace mih::api {

/// From where a route can be used, whatever the role.
enum class Reach : std::uint8_t {
  kAnywhere,
  kLocal,        ///< this machine, or an address that may read the metrics
  kNotSignedOn,  ///< not by users of Moodle
  kLocalLogin,   ///< the admin socket, or somebody who signed in to this hub with a password
  kAdminSocket,  ///< the admin socket only
};

/// As the description of the API names it.
std::string_view name_of(Reach reach);

struct Route {
  Method method;
  std::string_view pattern;  ///< "{name}" stands for one segment
  core::Role role;           ///< kNone: everybody
  Handler handler;
  Reach reach = Reach::kAnywhere;
  std::size_t max_body = SIZE_MAX;  ///< bytes, if that is less than what the server takes
};

/// Whether what is done with it belongs into the audit trail.
bool is_audited(const Route& route);
/// Messages of services prove themselves by the secret of their service.
inline constexpr std::string_view kInboundPath = "/inbound/";

/// Every route that is served, the hottest first.
std::span<const Route> routes();

struct FoundRoute {
  const Route* route = nullptr;  ///< null: no such path, or not with this method
  std::string allow;             ///< methods of the path when only the method is wrong
};

/// Finds the route and fills in the request's parameters. `method` is empty for one that no route
/// uses.
FoundRoute find_route(std::optional<Method> method, Request& request);

}  // namespace mih::api
