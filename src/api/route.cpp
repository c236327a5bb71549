#include "api/route.hpp"

namespace mih::api {
namespace {

using Parameters = std::array<std::string, Request::kMaxParameters>;

/// True if the path has the form of the pattern; its parameters are decoded then.
bool matches(std::string_view pattern, std::string_view path, Parameters& parameters) {
  std::size_t parameter = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      if (at >= path.size() || path[at] != pattern[i]) return false;
      ++at;
      continue;
    }
    i = pattern.find('}', i);
    const auto segment = path.substr(at, path.find('/', at) - at);
    auto decoded = percent_decoded(segment);
    if (segment.empty() || !decoded) return false;
    parameters[parameter++] = std::move(*decoded);
    at += segment.size();
  }
  return at == path.size();
}

/// The methods that the path can be used with, "" when there is no such path.
std::string allowed_methods(std::string_view path) {
  Parameters scratch;
  std::string allow;
  for (const auto& route : routes()) {
    if (!matches(route.pattern, path, scratch)) continue;
    const auto name = name_of(route.method);
    if (allow.find(name) != std::string::npos) continue;
    if (!allow.empty()) allow += ", ";
    allow += name;
    if (route.method == Method::kGet) allow += ", HEAD";
  }
  return allow;
}

}  // namespace

std::string_view name_of(Reach reach) {
  switch (reach) {
    case Reach::kAnywhere:
      return "anywhere";
    case Reach::kLocal:
      return "local";
    case Reach::kNotSignedOn:
      return "not_signed_on";
    case Reach::kLocalLogin:
      return "local_login";
    case Reach::kAdminSocket:
      return "admin_socket";
  }
  return "";
}

bool is_audited(const Route& route) {
  if (route.method == Method::kGet) return false;
  return route.role == core::Role::kManage || route.reach == Reach::kLocalLogin ||
         route.role == core::Role::kNone;
}

FoundRoute find_route(std::optional<Method> method, Request& request) {
  if (method) {
    for (const auto& route : routes()) {
      if (route.method != *method) continue;
      if (matches(route.pattern, request.path, request.parameters)) return {&route, {}};
    }
  }
  return {nullptr, allowed_methods(request.path)};
}

}  // namespace mih::api
