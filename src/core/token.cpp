#include "core/token.hpp"

namespace mih::core {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kIngest:
      return "ingest";
    case Role::kView:
      return "view";
    case Role::kManage:
      return "manage";
  }
  return "none";
}

std::optional<Role> role_from(std::string_view name) {
  for (const auto role : {Role::kIngest, Role::kView, Role::kManage}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

bool allows(Role have, Role need) {
  return need == Role::kNone || have == need || have == Role::kManage;
}

}  // namespace mih::core
