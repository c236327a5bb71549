#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/ids.hpp"
#include "core/token.hpp"

/// People, what they did, and the secrets that they give to templates.
namespace mih::core {

/// Somebody who signs in with a password.
struct User {
  UserId id;
  std::string name;
  Role role = Role::kNone;    ///< view or manage
  std::string password_hash;  ///< argon2id; "" lets nobody in
  bool one_time = false;      ///< the password is good for one login
  WallTime last_login{};
  WallTime created{};
  WallTime modified{};
};

/// `[A-Za-z0-9][A-Za-z0-9._@-]{0,99}`
bool is_user_name(std::string_view name);

/// A secret that templates use by its name.
struct NamedSecret {
  std::string name;
  std::string value;
  WallTime created{};
  WallTime modified{};
};

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,99}`
bool is_secret_name(std::string_view name);

/// One line of the audit trail.
struct AuditEntry {
  std::int64_t id = 0;
  WallTime time{};
  std::string who;
  std::string address;  ///< where they came from
  std::string action;   ///< for instance "PATCH /services/crm"
  std::string what;     ///< JSON, secrets masked; "" when there is nothing to tell
};

/// How long the audit trail is kept.
inline constexpr std::chrono::days kAuditKept{365};

}  // namespace mih::core
