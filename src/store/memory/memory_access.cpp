#include <algorithm>
#include <fmt/format.h>

#include "store/memory/memory_store.hpp"

/// Named secrets, users, the audit trail.
namespace mih::store::memory {
namespace {

std::unexpected<Error> no_user(core::UserId user) {
  return mih::fail(ErrorCode::kNotFound, fmt::format("there is no user {}", user.value));
}

}  // namespace

Result<core::NamedSecret> MemoryStore::save_secret(core::NamedSecret secret, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto before = secrets_.find(secret.name);
  secret.created = before == secrets_.end() ? now : before->second.created;
  secret.modified = now;
  secrets_[secret.name] = secret;
  return secret;
}

Result<void> MemoryStore::remove_secret(const std::string& name) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (secrets_.erase(name) == 0) {
    return mih::fail(ErrorCode::kNotFound, fmt::format("there is no secret \"{}\"", name));
  }
  return {};
}

Result<core::User> MemoryStore::save_user(core::User user, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  for (const auto& [id, other] : users_) {
    if (other.name == user.name && id != user.id) {
      return mih::fail(ErrorCode::kNameTaken,
                       fmt::format("a user \"{}\" exists already; choose another name", user.name));
    }
  }
  user.created = now;
  if (user.id) {
    const auto before = users_.find(user.id);
    if (before == users_.end()) return no_user(user.id);
    user.created = before->second.created;
  } else {
    user.id.value = ++last_user_;
  }
  user.modified = now;
  users_[user.id] = user;
  return user;
}

Result<void> MemoryStore::remove_user(core::UserId user) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (users_.erase(user) == 0) return no_user(user);
  return {};
}

Result<void> MemoryStore::append_audit(const core::AuditEntry& entry) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  audit_.push_back(entry);
  audit_.back().id = ++last_audit_;
  return {};
}

Result<void> MemoryStore::rotate_key() {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void MemoryStore::prune_audit(WallTime now) {
  std::erase_if(audit_, [&](const auto& entry) { return entry.time < now - core::kAuditKept; });
}

Result<std::vector<core::NamedSecret>> MemoryStore::secrets() {
  const Lock lock{mutex_};
  std::vector<core::NamedSecret> all;
  for (const auto& [name, secret] : secrets_)
    all.push_back(secret);
  return all;
}

Result<std::vector<core::User>> MemoryStore::users() {
  const Lock lock{mutex_};
  std::vector<core::User> all;
  for (const auto& [id, user] : users_)
    all.push_back(user);
  return all;
}

Result<std::vector<core::AuditEntry>> MemoryStore::audit(Page page) {
  const Lock lock{mutex_};
  std::vector<core::AuditEntry> found;
  for (auto entry = audit_.rbegin(); entry != audit_.rend(); ++entry) {
    if (page.before != 0 && entry->id >= page.before) continue;
    if (std::ssize(found) == page.limit) break;
    found.push_back(*entry);
  }
  return found;
}

}  // namespace mih::store::memory
