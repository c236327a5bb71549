#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/accounts.hpp"
#include "async/task_thread.hpp"
#include "base/time.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// The people of this hub. Hashing a password takes a tenth of a second and 64 MiB on purpose, so
/// it has a thread of its own, for which only a few may wait.
class AccountDirectory final : public api::Accounts {
 public:
  struct Parts {
    store::Writer& writer;
    const Clock& clock;
    /// Holds the one-time password of `admin` until it is used.
    std::filesystem::path password_file;
  };

  static Result<std::unique_ptr<AccountDirectory>> load(store::Reader& reader, Parts parts);

  /// A hub without people gets `admin` with a one-time password. `show` says it to a person and
  /// returns true, or it goes into the file.
  Result<void> make_first_user(const std::function<bool(const std::string&)>& show);

  std::vector<core::User> users() const override;
  void save_user(core::User user, std::optional<std::string> password,
                 Answer<core::User> answer) override;
  void remove_user(core::UserId user, Answer<bool> answer) override;
  void check_password(std::string name, std::string password, Answer<core::User> answer) override;

 private:
  explicit AccountDirectory(Parts parts) : parts_(std::move(parts)) {}

  void save(core::User user, Answer<core::User> answer);
  void put(const core::User& user);
  std::optional<core::User> find(std::string_view name) const;
  void forget_password_file() const;

  Parts parts_;
  mutable std::mutex mutex_;
  std::vector<core::User> users_;  ///< guarded by the mutex
  std::atomic<int> waiting_ = 0;   ///< for the thread
  async::TaskThread hashing_;
};

}  // namespace mih::app
