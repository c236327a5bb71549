#include "api/logins.hpp"

#include <algorithm>

namespace mih::api {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxCookie = 100;

std::string key_of(std::string_view cookie) {
  return to_hex(sha256(cookie));
}

}  // namespace

bool Logins::is_over(const Login& login, Now now) const {
  return now.steady - login.last >= limits_.idle || now.steady - login.begin >= limits_.life;
}

void Logins::sweep(Now now) {
  std::erase_if(logins_, [&](const auto& item) { return is_over(item.second, now); });
}

Logins::Opened Logins::open(const core::User& user, Now now) {
  sweep(now);
  const auto is_theirs = [&](const auto& item) { return item.second.user == user.id; };
  if (static_cast<std::size_t>(std::ranges::count_if(logins_, is_theirs)) >= kMost) {
    auto oldest = logins_.end();
    for (auto at = logins_.begin(); at != logins_.end(); ++at) {
      if (!is_theirs(*at)) continue;
      if (oldest == logins_.end() || at->second.begin < oldest->second.begin) oldest = at;
    }
    logins_.erase(oldest);
  }
  Opened opened{random_hex(kSecretBytes),
                {.user = user.id,
                 .name = user.name,
                 .role = user.role,
                 .csrf_token = random_hex(kSecretBytes),
                 .begin = now.steady,
                 .last = now.steady}};
  logins_.emplace(key_of(opened.cookie), opened.login);
  return opened;
}

const Login* Logins::find(std::string_view cookie, Now now) {
  if (cookie.empty() || cookie.size() > kMaxCookie) return nullptr;
  const auto found = logins_.find(key_of(cookie));
  if (found == logins_.end()) return nullptr;
  if (is_over(found->second, now)) {
    logins_.erase(found);
    return nullptr;
  }
  found->second.last = now.steady;
  return &found->second;
}

const Login* Logins::look_at(std::string_view cookie, Now now) const {
  const auto found = logins_.find(key_of(cookie));
  return found == logins_.end() || is_over(found->second, now) ? nullptr : &found->second;
}

void Logins::close(std::string_view cookie) {
  logins_.erase(key_of(cookie));
}

std::size_t Logins::close_all(core::UserId user) {
  return std::erase_if(logins_, [&](const auto& item) { return item.second.user == user; });
}

}  // namespace mih::api
