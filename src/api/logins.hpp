#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "core/access.hpp"

namespace mih::api {

/// How long people stay signed in.
struct LoginLimits {
  std::chrono::milliseconds idle{std::chrono::minutes{30}};  ///< without a request
  std::chrono::milliseconds life{std::chrono::hours{12}};    ///< in any case
};

/// Somebody who is signed in.
struct Login {
  core::UserId user;
  std::string name;
  core::Role role = core::Role::kNone;
  std::string csrf_token;  ///< goes with every change
  SteadyTime begin{};
  SteadyTime last{};
};

/// Who is signed in: in memory alone, so that a restart signs everybody out. Cookies are kept as
/// hashes. Used on one thread.
class Logins {
 public:
  explicit Logins(LoginLimits limits) : limits_(limits) {}

  struct Opened {
    std::string cookie;
    Login login;
  };
  /// At most kMost of one user: the oldest is ended.
  Opened open(const core::User& user, Now now);
  /// The login behind a cookie, which lives on by this; null when there is none.
  const Login* find(std::string_view cookie, Now now);
  /// The same, but looking does not make it live longer.
  const Login* look_at(std::string_view cookie, Now now) const;
  void close(std::string_view cookie);
  /// Signs a user out everywhere; returns how often they were signed in.
  std::size_t close_all(core::UserId user);

  static constexpr std::size_t kMost = 20;

 private:
  bool is_over(const Login& login, Now now) const;
  void sweep(Now now);

  LoginLimits limits_;
  std::unordered_map<std::string, Login> logins_;  ///< by the hash of the cookie, in hex
};

}  // namespace mih::api
