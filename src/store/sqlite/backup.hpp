#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "store/sqlite/backup_file.hpp"
#include "store/sqlite/sqlite_store.hpp"

/// A copy of a store in one file, and back. The key of the secrets is never in it.
namespace mih::store::sqlite {

/// What is in a store, for people.
struct Contents {
  std::int64_t store_version = 0;
  std::int64_t services = 0;
  std::int64_t rules = 0;
  std::int64_t events_accepted = 0;
  std::int64_t deliveries_open = 0;
  std::int64_t dead_letters = 0;
  bool has_secrets = false;
  std::string key_id;  ///< of the key that its secrets are sealed with; "" when it needs none
};

struct BackupOptions {
  Options store;  ///< `dir` and `vfs` count
  std::filesystem::path file;
  bool replace = false;            ///< `file` may exist
  std::int64_t min_free_disk = 0;  ///< bytes that must stay free on the disk of the store
  BackupMark mark;
  Progress progress;
};

struct BackupResult {
  std::int64_t bytes = 0;
  Contents contents;
};

/// Makes a backup of the store as it is at one moment, whether a hub runs on it or not: everything
/// that was acknowledged before is in it. The hub goes on meanwhile. `file` appears when it is
/// complete, checked and synced, with mode 0600. Errors: kNotFound (no store), kConflict (`file` is
/// there, or is where it must not be), kDiskFull, kStoreDamaged, kStoreTooNew, kStoreFailed.
Result<BackupResult> back_up(const BackupOptions& options);

struct RestoreOptions {
  Options store;  ///< `dir` and `key_file` count
  std::filesystem::path file;
  bool replace = false;  ///< a store in the directory may be put aside
  std::string aside;     ///< name of the directory below `dir` that keeps it
  Progress progress;
};

enum class KeyState : std::uint8_t { kPresent, kMissing, kOther, kNotNeeded };

struct RestoreResult {
  BackupMark mark;
  Contents contents;
  std::optional<std::filesystem::path> aside;  ///< where the store is that was there
  KeyState key = KeyState::kNotNeeded;
};

/// Puts the store of a backup into a data directory, which no hub may use (kStoreLocked). A store
/// that is there is kept. Whatever fails, the directory has the old store, or none and says so at a
/// start of the hub. Errors besides: those of look_at_backup(), kConflict, kDiskFull, kStoreFailed.
Result<RestoreResult> restore(const RestoreOptions& options);

}  // namespace mih::store::sqlite
