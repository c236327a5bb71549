#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

/// Encryption of the secrets in a store: XChaCha20-Poly1305 with a key that is kept in a file
/// outside of the database (docs/formats/secrets.md).
namespace mih::store {

/// A key of 256 bits.
struct SecretKey {
  std::array<unsigned char, 32> bytes{};
  bool operator==(const SecretKey&) const = default;

  static SecretKey random();
  /// Names the key without telling anything about it: 16 hex digits.
  std::string id() const;
};

/// Seals texts with one key and opens what any of the keys that it was given has sealed. May be
/// used from several threads.
class SecretBox {
 public:
  explicit SecretBox(const SecretKey& key) : keys_{key} {}

  /// Seals with this key from now on; what the others have sealed still opens.
  void use(const SecretKey& key);
  SecretKey key() const;

  /// `place` says where the text is kept: it opens nowhere else. An empty text stays empty.
  std::string seal(std::string_view text, std::string_view place) const;
  /// Whether it looks like what seal() makes.
  static bool is_sealed(std::string_view text);
  /// Empty when it was not sealed with one of the keys for this place.
  std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

 private:
  mutable std::mutex mutex_;
  std::vector<SecretKey> keys_;  ///< the last one seals
};

/// The file with the key: 0600, one key in hex a line, more than one only while keys are changed.
class KeyFile {
 public:
  explicit KeyFile(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  bool exists() const;
  /// kConfigInvalid when it is missing, readable by others, or no key file.
  Result<std::vector<SecretKey>> read() const;
  /// Replaces the file as a whole, durably.
  Result<void> write(const std::vector<SecretKey>& keys) const;

 private:
  std::filesystem::path path_;
};

}  // namespace mih::store
