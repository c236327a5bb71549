#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

/// What a caller may do; manage includes view and ingest.
enum class Role : std::uint8_t { kNone, kIngest, kView, kManage };

std::string_view name_of(Role role);
std::optional<Role> role_from(std::string_view name);
bool allows(Role have, Role need);

/// An API token. Only its hash is kept: the token is 256 random bits, so a plain hash is enough.
struct Token {
  TokenId id;
  std::string name;
  Role role = Role::kNone;
  std::string site;  ///< events with this token belong to this site; "" = not bound
  Sha256 hash{};
  WallTime created{};
};

}  // namespace mih::core
