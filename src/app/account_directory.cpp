#include "app/account_directory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <future>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.hpp"

namespace mih::app {
namespace {

constexpr int kMostWaiting = 16;
constexpr std::size_t kOneTimeBytes = 10;
constexpr std::string_view kFirstUser = "admin";

struct Cost {
  unsigned long long operations;
  std::size_t memory;
};
constexpr Cost kChosen{crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE};
/// A password of 80 random bits is not guessed, however fast one may try.
constexpr Cost kRandom{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

std::string hash_of(std::string_view password, Cost cost) {
  if (sodium_init() < 0) std::abort();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), cost.operations,
                        cost.memory) != 0) {
    return {};  // no memory: nobody gets in with it
  }
  return hash.data();
}

bool verifies(const std::string& hash, std::string_view password) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

/// Checked for names that do not exist, so that they take as long as the others.
const std::string& decoy() {
  static const std::string kHash = hash_of(random_hex(kOneTimeBytes), kChosen);
  return kHash;
}

std::unexpected<Error> wrong() {
  return fail(ErrorCode::kUnauthorized, "Name or password are wrong.");
}

std::unexpected<Error> no_memory() {
  return fail(ErrorCode::kBusy, "There is no memory to hash a password; try again.");
}

Result<void> write_private(const std::filesystem::path& path, const std::string& text) {
  ::unlink(path.c_str());
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (written) return {};
  return fail(ErrorCode::kConfigInvalid, fmt::format("Cannot write {}.", path.string()));
}

}  // namespace

Result<std::unique_ptr<AccountDirectory>> AccountDirectory::load(store::Reader& reader,
                                                                 Parts parts) {
  auto users = reader.users();
  if (!users) return fail(users);
  std::unique_ptr<AccountDirectory> directory(new AccountDirectory(std::move(parts)));
  directory->users_ = std::move(*users);
  return directory;
}

Result<void> AccountDirectory::make_first_user(
    const std::function<bool(const std::string&)>& show) {
  if (!users().empty()) return {};
  const auto password = random_hex(kOneTimeBytes);
  // First the file, then the user: a crash in between leaves nobody who cannot sign in.
  if (!show(password)) {
    auto written = write_private(parts_.password_file, password + "\n");
    if (!written) return written;
  }
  core::User user;
  user.name = kFirstUser;
  user.role = core::Role::kManage;
  user.password_hash = hash_of(password, kRandom);
  user.one_time = true;
  std::promise<Result<void>> saved;
  auto done = saved.get_future();
  save(std::move(user), [&saved](Result<core::User> result) {
    saved.set_value(result ? Result<void>{} : Result<void>{fail(result)});
  });
  return done.get();
}

std::vector<core::User> AccountDirectory::users() const {
  const std::lock_guard lock(mutex_);
  return users_;
}

std::optional<core::User> AccountDirectory::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(users_, name, &core::User::name);
  return found == users_.end() ? std::nullopt : std::optional(*found);
}

void AccountDirectory::put(const core::User& user) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::lower_bound(users_, user.id, {}, &core::User::id);
  if (at != users_.end() && at->id == user.id) {
    *at = user;
  } else {
    users_.insert(at, user);
  }
}

void AccountDirectory::forget_password_file() const {
  std::error_code ignored;  // it may be gone already, and its password is used up in any case
  std::filesystem::remove(parts_.password_file, ignored);
}

void AccountDirectory::save(core::User user, Answer<core::User> answer) {
  parts_.writer.run(
      [this, user = std::move(user), answer = std::move(answer)](store::Store& store) mutable {
        auto saved = store.save_user(std::move(user), parts_.clock.now().wall);
        if (saved) put(*saved);
        answer(std::move(saved));
      });
}

void AccountDirectory::save_user(core::User user, std::optional<std::string> password,
                                 Answer<core::User> answer) {
  if (!password) return save(std::move(user), std::move(answer));
  if (waiting_ >= kMostWaiting) return answer(fail(ErrorCode::kBusy, "Too many logins wait."));
  ++waiting_;
  hashing_.post([this, user = std::move(user), password = std::move(*password),
                 answer = std::move(answer)]() mutable {
    --waiting_;
    user.password_hash = hash_of(password, kChosen);
    if (user.password_hash.empty()) return answer(no_memory());
    user.one_time = false;
    if (user.name == kFirstUser) forget_password_file();
    save(std::move(user), std::move(answer));
  });
}

void AccountDirectory::remove_user(core::UserId user, Answer<bool> answer) {
  parts_.writer.run([this, user, answer = std::move(answer)](store::Store& store) mutable {
    auto removed = store.remove_user(user);
    if (!removed) return answer(fail(removed.error().code, std::move(removed.error().detail)));
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(users_, [&](const core::User& known) { return known.id == user; });
    }
    answer(true);
  });
}

void AccountDirectory::check_password(std::string name, std::string password,
                                      Answer<core::User> answer) {
  if (waiting_ >= kMostWaiting) return answer(fail(ErrorCode::kBusy, "Too many logins wait."));
  ++waiting_;
  hashing_.post([this, name = std::move(name), password = std::move(password),
                 answer = std::move(answer)]() mutable {
    --waiting_;
    auto user = find(name);
    const bool known = user && !user->password_hash.empty();
    const bool right = verifies(known ? user->password_hash : decoy(), password) && known;
    // The hash of a one-time password is a cheap one; how long it takes must not tell that it
    // waits.
    if (!right && known && user->one_time) verifies(decoy(), password);
    if (!right) return answer(wrong());
    user->last_login = parts_.clock.now().wall;
    if (user->one_time) {
      user->password_hash.clear();
      put(*user);  // at once: it must not be used again while this is being saved
      forget_password_file();
    }
    save(std::move(*user), std::move(answer));
  });
}

}  // namespace mih::app
