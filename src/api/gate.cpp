#include "api/gate.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>

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

std::unexpected<Error> nobody() {
  return fail(ErrorCode::kUnauthorized,
              "Sign in, or send a token of this hub: Authorization: Bearer mih_... (mih token "
              "create makes one).");
}

Response forbidden(std::string why) {
  return problem(Error{ErrorCode::kForbidden, std::move(why), {}});
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

bool is_within_reach(Reach reach, const Caller& caller, bool near) {
  const bool admin = caller.way == Caller::Way::kAdminSocket;
  switch (reach) {
    case Reach::kAnywhere:
      return true;
    case Reach::kLocal:
      return admin || near;
    case Reach::kNotSignedOn:
      return caller.way != Caller::Way::kSignedOn;
    case Reach::kLocalLogin:
      return admin || caller.way == Caller::Way::kAccount;
    case Reach::kAdminSocket:
      return admin;
  }
  return false;
}

/// The value of a cookie, "" when it is not there (RFC 6265, section 5.4).
std::string_view cookie_named(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    auto one = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(one.size() + 1, cookies.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
      return one.substr(name.size() + 1);
    }
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_loopback(const IpAddress& address) {
  return address.is_v4 ? address.bytes[0] == 127 : address == parse_ip("::1");
}

bool is_in(const IpAddress& address, std::span<const IpNetwork> networks) {
  return std::ranges::any_of(networks,
                             [&](const IpNetwork& network) { return network.contains(address); });
}

std::string_view limit_of(Reach reach) {
  switch (reach) {
    case Reach::kLocal:
      return "This is only possible from this machine and from the addresses in metrics_from.";
    case Reach::kNotSignedOn:
      return "Users who are signed on by Moodle cannot do this.";
    case Reach::kLocalLogin:
      return "This needs a login with a password, or the command line on the hub's machine.";
    default:
      return "This is only possible over the admin socket.";
  }
}

/// What stands behind a scheme, whose letters may be of any case; empty for another one.
std::optional<std::string_view> behind_scheme(std::string_view authorization,
                                              std::string_view scheme) {
  if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  return authorization.substr(scheme.size());
}

}  // namespace

Gate::Gate(Hub& hub, const Clock& clock, Logins& logins, GateOptions options)
    : hub_(hub),
      clock_(clock),
      logins_(logins),
      options_(std::move(options)),
      sign_ons_(clock.now().wall) {
  for (const auto* name : {"localhost", "127.0.0.1", "::1"})
    options_.allowed_hosts.emplace_back(name);
}

bool Gate::is_allowed_host(const std::optional<std::string_view>& host) const {
  if (!host) return true;  // a browser always sends one
  const auto name = without_port(*host);
  return std::ranges::any_of(options_.allowed_hosts, [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, name);
  });
}

bool Gate::is_near(const Origin& origin) const {
  if (origin.loopback) return true;
  const auto address = origin.certain ? parse_ip(origin.address) : std::nullopt;
  return address && is_in(*address, options_.metrics_from);
}

Gate::Origin Gate::origin_of(const Peer& peer, const Credentials& credentials) const {
  const auto is_trusted = [this](const std::optional<IpAddress>& address) {
    return address && is_in(*address, options_.trusted_proxies);
  };
  const bool here = peer.trusted || (peer.loopback && !credentials.forwarded);
  Origin origin{.address = peer.address,
                .loopback = here,
                .certain = !credentials.forwarded,
                .encrypted = peer.encrypted};
  if (options_.trusted_proxies.empty() || !is_trusted(parse_ip(peer.address))) return origin;
  origin.encrypted = credentials.forwarded_proto == "https";
  // Each proxy adds at the right whom it heard; the first whose word does not count is the client.
  std::string_view list = credentials.forwarded_for;
  while (!list.empty()) {
    const auto comma = list.rfind(',');
    const auto last = trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
    const auto address = parse_ip(last);
    if (!address) break;
    origin.address = to_text(*address);
    origin.loopback = is_loopback(*address);
    origin.certain = true;
    if (!is_trusted(address) || comma == std::string_view::npos) break;
    list = list.substr(0, comma);
  }
  return origin;
}

Result<Gate::Known> Gate::identify(Peer& peer, const Credentials& credentials) {
  if (peer.trusted) {
    return Known{
        {.role = core::Role::kManage, .way = Caller::Way::kAdminSocket, .name = "command line"}};
  }
  if (const auto assertion = behind_scheme(credentials.authorization, kSignOnScheme)) {
    return identify_signed_on(credentials, *assertion);
  }
  if (credentials.authorization.empty()) {
    auto known = identify_account(credentials);
    if (known) return std::move(*known);
  }
  const auto token = bearer_token(credentials.authorization);
  if (token.empty()) return nobody();
  if (peer.last_token != token) {
    peer.last_hash = sha256(token);
    peer.last_token = token;
  }
  auto known = hub_.find_token(peer.last_hash);
  if (!known) return nobody();
  return Known{{.role = known->role,
                .site = std::move(known->site),
                .way = Caller::Way::kToken,
                .name = std::move(known->name),
                .id = known->id.value}};
}

std::optional<Gate::Known> Gate::identify_account(const Credentials& credentials) {
  const auto cookie = cookie_named(credentials.cookie, kSessionCookie);
  const auto* login = cookie.empty() ? nullptr : logins_.find(cookie, clock_.now());
  if (!login) return std::nullopt;
  return Known{{.role = login->role,
                .way = Caller::Way::kAccount,
                .name = login->name,
                .id = login->user.value,
                .cookie = std::string(cookie)},
               {},
               login->csrf_token};
}

Result<Gate::Known> Gate::identify_signed_on(const Credentials& credentials,
                                             std::string_view assertion) {
  const auto find_site = [this](std::string_view name) -> std::optional<core::Site> {
    for (auto& site : hub_.sites().sites()) {
      if (site.name == name) return std::move(site);
    }
    return std::nullopt;
  };
  auto who = sign_ons_.take(assertion, credentials.request, find_site, clock_.now().wall);
  if (!who) return fail(who);
  return Known{{.role = who->role,
                .site = std::move(who->site),
                .way = Caller::Way::kSignedOn,
                .name = std::move(who->name),
                .id = who->user},
               who->body_hash};
}

bool Gate::still_admits(const Peer& peer, const Caller& caller, core::Role role) const {
  switch (caller.way) {
    case Caller::Way::kAdminSocket:
      return true;
    case Caller::Way::kToken: {
      const auto known = hub_.find_token(peer.last_hash);
      return known && core::allows(known->role, role);
    }
    case Caller::Way::kAccount: {
      const auto* login = logins_.look_at(caller.cookie, clock_.now());
      return login && core::allows(login->role, role);
    }
    case Caller::Way::kNobody:
    case Caller::Way::kSignedOn:
      return false;
  }
  return false;
}

Gate::Admission Gate::admit(Peer& peer, const Credentials& credentials,
                            std::optional<Method> method, Request& request) {
  if (peer.door == Door::kTcp && !is_allowed_host(credentials.host)) {
    return {.refusal = problem(421, "misdirected",
                               "The Host header names a host that this hub does not answer for. "
                               "Use its listen address, or add the name to allowed_hosts.")};
  }
  auto found = find_route(method, request);
  if (!found.route) return {.refusal = no_route(found, request)};
  const auto& route = *found.route;

  Known known;
  if (route.role != core::Role::kNone) {
    auto identified = identify(peer, credentials);
    if (!identified) return {.refusal = problem(identified.error())};
    known = std::move(*identified);
  }
  auto& caller = known.caller;
  auto origin = origin_of(peer, credentials);
  if (!is_within_reach(route.reach, caller, is_near(origin))) {
    return {.refusal = forbidden(std::string(limit_of(route.reach)))};
  }
  if (!core::allows(caller.role, route.role)) {
    return {.refusal =
                forbidden(fmt::format("This needs the role {}; you have {}.",
                                      core::name_of(route.role), core::name_of(caller.role)))};
  }
  if (caller.way == Caller::Way::kAccount && route.method != Method::kGet &&
      !equal_constant_time(known.csrf_token, credentials.csrf_token)) {
    return {.refusal = forbidden("A change needs the csrf_token of the login as X-CSRF-Token.")};
  }
  caller.address = std::move(origin.address);
  caller.encrypted = origin.encrypted;
  return {.route = &route, .caller = std::move(known.caller), .body_hash = known.body_hash};
}

}  // namespace mih::api
