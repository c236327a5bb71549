#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "core/access.hpp"

namespace mih::api {

/// People who sign in with a password. Part of Hub; the same rules hold. Passwords are hashed and
/// checked on a thread of its own, one after another.
class Accounts {
 public:
  template <class T>
  using Answer = std::move_only_function<void(Result<T>)>;

  virtual ~Accounts() = default;

  /// In the order of their ids.
  virtual std::vector<core::User> users() const = 0;
  /// With `password` it becomes the user's, good for any number of logins. kNameTaken, kNotFound.
  virtual void save_user(core::User user, std::optional<std::string> password,
                         Answer<core::User> answer) = 0;
  virtual void remove_user(core::UserId user, Answer<bool> answer) = 0;
  /// The user of that name and password, whose one-time password is used up. kUnauthorized, after
  /// the same time whether there is such a user or not; kBusy when too many wait.
  virtual void check_password(std::string name, std::string password,
                              Answer<core::User> answer) = 0;
};

}  // namespace mih::api
