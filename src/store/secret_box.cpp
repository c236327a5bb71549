#include "store/secret_box.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.hpp"
#include "base/hash.hpp"

namespace mih::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersion = "s1.";
constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthers = 0077;
constexpr std::string_view kHead =
    "# The key of the secrets in a store of mih. Without it they are lost. Keep a copy of it, and\n"
    "# not beside the backups of the store.\n";

static_assert(sizeof(SecretKey::bytes) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::unexpected<Error> bad_file(const fs::path& path, std::string_view what) {
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("The key file {} {}. It is needed to read the secrets of this store; "
                          "nothing was changed. Put the right file there, or name it with key_file",
                          path.string(), what));
}

std::unexpected<Error> not_written(const fs::path& path) {
  const int error = errno;
  return fail(error == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kConfigInvalid,
              fmt::format("The key file {} cannot be written: {}. Make its directory writable for "
                          "this user, or name another file with key_file",
                          path.string(), std::strerror(error)));
}

std::optional<SecretKey> key_from_hex(std::string_view hex) {
  const auto bytes = sha256_from_hex(hex);
  if (!bytes) return std::nullopt;
  return SecretKey{*bytes};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(file, text.data(), text.size());
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::fsync(file) == 0;
}

/// A key that root changes stays that of the user whom the hub runs as.
void give_to_owner_of_old(int file, const fs::path& path) {
  struct stat old{};
  const auto parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (::stat(path.c_str(), &old) != 0 && ::stat(parent.c_str(), &old) != 0) return;
  [[maybe_unused]] const int given = ::fchown(file, old.st_uid, old.st_gid);
}

bool sync_directory_of(const fs::path& path) {
  const auto parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  return synced;
}

}  // namespace

bool SecretBox::is_sealed(std::string_view text) {
  return text.starts_with(kVersion);
}

SecretKey SecretKey::random() {
  if (sodium_init() < 0) std::abort();  // never go on guessable
  SecretKey key;
  randombytes_buf(key.bytes.data(), key.bytes.size());
  return key;
}

std::string SecretKey::id() const {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return to_hex(hmac_sha256(text, "id of a key of mih")).substr(0, kIdDigits);
}

void SecretBox::use(const SecretKey& key) {
  const std::lock_guard lock(mutex_);
  std::erase(keys_, key);
  keys_.push_back(key);
}

SecretKey SecretBox::key() const {
  const std::lock_guard lock(mutex_);
  return keys_.back();
}

std::string SecretBox::seal(std::string_view text, std::string_view place) const {
  if (text.empty()) return {};
  const auto key = this->key();
  std::string out(kNonceBytes + text.size() + kTagBytes, '\0');
  auto* nonce = reinterpret_cast<unsigned char*>(out.data());
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes_of(text),
                                             text.size(), bytes_of(place), place.size(), nullptr,
                                             nonce, key.bytes.data());
  return fmt::format("{}{}.{}", kVersion, key.id(), to_base64url(out));
}

std::optional<std::string> SecretBox::open(std::string_view sealed, std::string_view place) const {
  if (sealed.empty()) return std::string();
  if (!sealed.starts_with(kVersion)) return std::nullopt;
  sealed.remove_prefix(kVersion.size());
  const auto id = sealed.substr(0, kIdDigits);
  if (sealed.size() <= kIdDigits || sealed[kIdDigits] != '.') return std::nullopt;
  const auto bytes = from_base64url(sealed.substr(kIdDigits + 1));
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;

  const std::lock_guard lock(mutex_);
  const auto key = std::ranges::find(keys_, id, &SecretKey::id);
  if (key == keys_.end()) return std::nullopt;
  std::string text(bytes->size() - kNonceBytes - kTagBytes, '\0');
  const auto* nonce = bytes_of(*bytes);
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr, nonce + kNonceBytes,
      bytes->size() - kNonceBytes, bytes_of(place), place.size(), nonce, key->bytes.data());
  if (opened != 0) return std::nullopt;
  return text;
}

bool KeyFile::exists() const {
  std::error_code ignored;  // what cannot be looked at is reported when it is read
  return fs::exists(path_, ignored);
}

Result<std::vector<SecretKey>> KeyFile::read() const {
  struct stat info{};
  if (::stat(path_.c_str(), &info) != 0) {
    return bad_file(path_, errno == ENOENT ? "is missing" : std::strerror(errno));
  }
  if ((info.st_mode & kOthers) != 0) {
    return bad_file(path_, "may be read by other users; take that right from them (chmod 600)");
  }
  std::ifstream file(path_);
  if (!file) return bad_file(path_, "cannot be read by this user");
  std::vector<SecretKey> keys;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto key = key_from_hex(line);
    if (!key) return bad_file(path_, "is damaged: a line is not 64 hex digits");
    keys.push_back(*key);
  }
  if (keys.empty()) return bad_file(path_, "holds no key");
  return keys;
}

Result<void> KeyFile::write(const std::vector<SecretKey>& keys) const {
  std::string text(kHead);
  for (const auto& key : keys)
    text += to_hex(key.bytes) + '\n';
  const auto fresh = fs::path(path_.native() + ".new");
  ::unlink(fresh.c_str());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (file < 0) return not_written(path_);
  give_to_owner_of_old(file, path_);
  const bool written = write_all(file, text);
  sodium_memzero(text.data(), text.size());
  ::close(file);
  if (!written || ::rename(fresh.c_str(), path_.c_str()) != 0 || !sync_directory_of(path_)) {
    auto failure = not_written(path_);
    ::unlink(fresh.c_str());
    return failure;
  }
  return {};
}

}  // namespace mih::store
