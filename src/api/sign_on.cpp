#include "api/sign_on.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/json.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kMaxAssertion = 8192;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMinId = 16;
constexpr std::size_t kMaxId = 128;
constexpr std::chrono::seconds kMaxLife{60};
constexpr std::chrono::seconds kClockDifference{5};  ///< that a site's clock may be ahead
constexpr double kMaxSeconds = 1e11;                 ///< beyond it milliseconds would overflow

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthorized, fmt::format("The sign-on assertion is refused: {}.", why));
}

struct Claims {
  SignedOn who;
  WallTime issued;
  WallTime expires;
  std::string id;
  std::string method;
  std::string target;
};

std::optional<std::string> text_claim(const json::Value& root, std::string_view name) {
  const auto value = root.find(name);
  if (!value || !value->is_string()) return std::nullopt;
  return value->as_string();
}

std::optional<WallTime> time_claim(const json::Value& root, std::string_view name) {
  const auto value = root.find(name);
  const auto seconds = value && value->is_number() ? value->as_double() : std::nullopt;
  if (!seconds || *seconds < 0 || *seconds > kMaxSeconds) return std::nullopt;
  return from_unix_ms(static_cast<std::int64_t>(std::floor(*seconds * 1000)));
}

std::optional<Sha256> hash_claim(const json::Value& root, std::string_view name) {
  const auto text = text_claim(root, name);
  return text ? sha256_from_hex(*text) : std::nullopt;
}

/// All claims, each of which must be there; empty when one is not.
std::optional<Claims> read_claims(const json::Value& root) {
  if (!root.is_object()) return std::nullopt;
  auto site = text_claim(root, "site");
  auto name = text_claim(root, "name");
  const auto role = text_claim(root, "role");
  auto id = text_claim(root, "jti");
  auto method = text_claim(root, "method");
  auto target = text_claim(root, "path");
  const auto user = root.find("userid");
  const auto number = user && user->is_number() ? user->as_int() : std::nullopt;
  const auto issued = time_claim(root, "iat");
  const auto expires = time_claim(root, "exp");
  const auto hash = hash_claim(root, "sha256");
  if (!site || !name || !role || !id || !method || !target || !number || !issued || !expires ||
      !hash) {
    return std::nullopt;
  }
  if (name->size() > kMaxName || id->size() < kMinId || id->size() > kMaxId || *number <= 0) {
    return std::nullopt;
  }
  const auto known = core::role_from(*role);
  if (known != core::Role::kView && known != core::Role::kManage) return std::nullopt;
  return Claims{.who = {std::move(*site), *number, std::move(*name), *known, *hash},
                .issued = *issued,
                .expires = *expires,
                .id = std::move(*id),
                .method = std::move(*method),
                .target = std::move(*target)};
}

}  // namespace

Result<SignedOn> SignOns::take(std::string_view assertion, const SignedRequest& request,
                               const FindSite& find_site, WallTime now) {
  if (assertion.size() > kMaxAssertion) return refused("it is longer than 8192 bytes");
  const auto dot = assertion.find('.');
  const auto encoded = assertion.substr(0, dot);
  const auto text = from_base64url(encoded);
  json::Document document;
  if (dot == std::string_view::npos || !text || !document.parse(*text, {.max_depth = 2})) {
    return refused("it is not CLAIMS.SIGNATURE with JSON claims in base64url");
  }
  auto claims = read_claims(document.root());
  if (!claims) return refused("a claim is missing or out of bounds");

  const auto site = find_site(claims->who.site);
  const auto mac = site && !site->signon_key.empty()
                       ? to_hex(hmac_sha256(site->signon_key, encoded))
                       : std::string();
  if (mac.empty() || !equal_constant_time(mac, assertion.substr(dot + 1))) {
    return refused("no connected site of that name has signed it");
  }
  if (claims->method != request.method || claims->target != request.target) {
    return refused("it is for another request");
  }
  if (claims->expires > claims->issued + kMaxLife) return refused("it is valid for over 60 s");
  if (claims->issued > now + kClockDifference) return refused("it is from the future");
  if (claims->expires <= now) return refused("it has expired");
  if (claims->issued < started_) return refused("it is older than this start of the hub");
  auto used = use_up(claims->who.site + '\n' + claims->id, claims->expires, now);
  if (!used) return fail(used);
  return std::move(claims->who);
}

Result<void> SignOns::use_up(std::string id, WallTime expires, WallTime now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    used_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
  if (used_.contains(id)) return refused("it was used before");
  if (used_.size() >= most_) {
    return fail(ErrorCode::kBusy, "Too many sign-on assertions in a minute; try again.");
  }
  used_.insert(id);
  by_expiry_.emplace(expires, std::move(id));
  return {};
}

}  // namespace mih::api
