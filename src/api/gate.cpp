#include "api/gate.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "api/problem.hpp"
#include "base/header.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kMaxTokenBytes = 200;

/// The host of a Host header without its port and without the brackets of an IPv6 address.
std::string_view without_port(std::string_view host) {
  if (!host.starts_with('[')) return host.substr(0, host.find(':'));
  const auto end = host.find(']');
  return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
}

/// The token of an Authorization header, "" when it is not a bearer token.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() > kScheme.size() + kMaxTokenBytes) return {};
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return authorization.substr(kScheme.size());
}

Response no_route(const FoundRoute& found, const Request& request) {
  if (found.allow.empty()) {
    return problem(Error{ErrorCode::kNotFound, fmt::format("There is no {}.", request.path), {}});
  }
  auto response = problem(Error{
      ErrorCode::kMethodNotAllowed, fmt::format("{} allows {}.", request.path, found.allow), {}});
  response.headers.emplace_back("Allow", found.allow);
  return response;
}

bool is_within_reach(Reach reach, const Peer& peer, bool forwarded) {
  const bool admin = peer.door == Door::kAdminSocket && peer.trusted;
  switch (reach) {
    case Reach::kAnywhere:
      return true;
    case Reach::kLocal:
      return admin || (peer.loopback && !forwarded);
    case Reach::kAdminSocket:
      return admin;
  }
  return false;
}

}  // namespace

Gate::Gate(const Hub& hub, std::vector<std::string> allowed_hosts)
    : hub_(hub), allowed_hosts_(std::move(allowed_hosts)) {
  for (const auto* name : {"localhost", "127.0.0.1", "::1"})
    allowed_hosts_.emplace_back(name);
}

bool Gate::is_allowed_host(const std::optional<std::string_view>& host) const {
  if (!host) return true;  // a browser always sends one
  const auto name = without_port(*host);
  return std::ranges::any_of(allowed_hosts_, [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, name);
  });
}

std::optional<Caller> Gate::identify(Peer& peer, std::string_view authorization) const {
  if (peer.trusted) return Caller{.role = core::Role::kManage};
  const auto token = bearer_token(authorization);
  if (token.empty()) return std::nullopt;
  if (peer.last_token != token) {
    peer.last_hash = sha256(token);
    peer.last_token = token;
  }
  auto known = hub_.find_token(peer.last_hash);
  if (!known) return std::nullopt;
  return Caller{.role = known->role, .site = std::move(known->site)};
}

Gate::Admission Gate::admit(Peer& peer, const Credentials& credentials,
                            std::optional<Method> method, Request& request) const {
  if (peer.door == Door::kTcp && !is_allowed_host(credentials.host)) {
    return {.refusal = problem(421, "misdirected",
                               "The Host header names a host that this hub does not answer for. "
                               "Use its listen address, or add the name to allowed_hosts.")};
  }
  auto found = find_route(method, request);
  if (!found.route) return {.refusal = no_route(found, request)};
  const auto& route = *found.route;

  Caller caller;
  if (route.role != core::Role::kNone) {
    auto known = identify(peer, credentials.authorization);
    if (!known) {
      return {.refusal = problem(Error{ErrorCode::kUnauthorized,
                                       "Send a token of this hub: Authorization: Bearer mih_... "
                                       "(mih token create makes one).",
                                       {}})};
    }
    caller = std::move(*known);
  }
  if (!is_within_reach(route.reach, peer, credentials.forwarded)) {
    return {.refusal = problem(Error{ErrorCode::kForbidden,
                                     route.reach == Reach::kAdminSocket
                                         ? "This is only possible over the admin socket."
                                         : "This is only possible from this machine.",
                                     {}})};
  }
  if (!core::allows(caller.role, route.role)) {
    return {.refusal =
                problem(Error{ErrorCode::kForbidden,
                              fmt::format("This needs the role {}; the token has {}.",
                                          core::name_of(route.role), core::name_of(caller.role)),
                              {}})};
  }
  return {.route = &route, .caller = std::move(caller)};
}

}  // namespace mih::api
