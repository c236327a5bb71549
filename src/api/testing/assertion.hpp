#pragma once

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"

namespace mih::api::testing {

/// The claims of a good assertion about a request, for tests to spoil.
inline nlohmann::json claims_for(std::string_view site, std::string_view role,
                                 std::string_view method, std::string_view target,
                                 std::string_view body, WallTime now) {
  const double issued = static_cast<double>(to_unix_ms(now)) / 1000;
  return {{"site", site},           {"userid", 5},
          {"name", "Ada Lovelace"}, {"role", role},
          {"iat", issued},          {"exp", issued + 30},
          {"jti", random_hex(16)},  {"method", method},
          {"path", target},         {"sha256", to_hex(sha256(body))}};
}

/// What stands behind the scheme.
inline std::string assertion_of(const nlohmann::json& claims, std::string_view key) {
  const auto encoded = to_base64url(claims.dump());
  return encoded + "." + to_hex(hmac_sha256(key, encoded));
}

}  // namespace mih::api::testing
