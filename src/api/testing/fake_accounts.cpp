#include <algorithm>

#include "api/testing/fake_hub.hpp"

namespace mih::api::testing {

core::UserId FakeAccounts::add(std::string name, core::Role role, std::string password) {
  core::User user;
  user.id.value = std::ssize(list) + 1;
  user.name = std::move(name);
  user.role = role;
  passwords[user.name] = std::move(password);
  list.push_back(user);
  return user.id;
}

void FakeAccounts::save_user(core::User user, std::optional<std::string> password,
                             Answer<core::User> answer) {
  const auto same = std::ranges::find(list, user.name, &core::User::name);
  if (same != list.end() && same->id != user.id) {
    return answer(fail(ErrorCode::kNameTaken, "a user of that name exists already"));
  }
  if (password) {
    passwords[user.name] = *password;
    user.one_time = false;
  }
  if (user.id) {
    *same = user;
  } else {
    user.id.value = std::ssize(list) + 1;
    list.push_back(user);
  }
  answer(std::move(user));
}

void FakeAccounts::remove_user(core::UserId user, Answer<bool> answer) {
  std::erase_if(list, [&](const core::User& known) { return known.id == user; });
  answer(true);
}

void FakeAccounts::check_password(std::string name, std::string password,
                                  Answer<core::User> answer) {
  checked.push_back(name);
  const auto user = std::ranges::find(list, name, &core::User::name);
  if (user == list.end() || passwords[name] != password) {
    return answer(fail(ErrorCode::kUnauthorized, "Name or password are wrong."));
  }
  if (user->one_time) passwords.erase(name);
  answer(*user);
}

}  // namespace mih::api::testing
