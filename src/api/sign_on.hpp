#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"
#include "core/site.hpp"
#include "core/token.hpp"

/// Sign-on assertions: how a connected Moodle says which of its users sends a request. The form is
/// documented in docs/api/sign-on.md.
namespace mih::api {

/// The scheme of the Authorization header.
inline constexpr std::string_view kSignOnScheme = "MIH-Sign-On ";

/// What the assertion is about.
struct SignedRequest {
  std::string_view method;  ///< as sent
  std::string_view target;  ///< path and query, as sent
};

/// A Moodle user, as the site asserts.
struct SignedOn {
  std::string site;
  std::int64_t user = 0;
  std::string name;
  core::Role role = core::Role::kNone;
  Sha256 body_hash{};  ///< the body must have it
};

/// Checks assertions, each of which is good once. Used on one thread.
class SignOns {
 public:
  using FindSite = std::function<std::optional<core::Site>(std::string_view)>;

  /// Nothing issued before `started` is taken: what was used before that is not remembered.
  /// `most` are remembered at a time.
  explicit SignOns(WallTime started, std::size_t most = 100'000) : started_(started), most_(most) {}

  /// `assertion` is what stands behind the scheme. Uses it up. kUnauthorized says what is wrong;
  /// kBusy when too many are remembered.
  Result<SignedOn> take(std::string_view assertion, const SignedRequest& request,
                        const FindSite& find_site, WallTime now);

 private:
  Result<void> use_up(std::string id, WallTime expires, WallTime now);

  WallTime started_;
  std::size_t most_;
  std::unordered_set<std::string> used_;
  std::multimap<WallTime, std::string> by_expiry_;
};

}  // namespace mih::api
