#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

/// The file that a backup is (docs/formats/backup.md): a database, and behind it a mark with a
/// checksum of all of it.
namespace mih::store::sqlite {

/// Told in between what long work does, and how much of it is done; a total of 0 is not known.
using Progress = std::function<void(std::string_view what, std::int64_t done, std::int64_t total)>;

/// What a backup says of itself.
struct BackupMark {
  WallTime made{};
  std::string mih;  ///< version of the program that made it
};

/// Appends the mark to a database that is complete, and syncs the file.
Result<void> mark_backup(const std::filesystem::path& file, const BackupMark& mark,
                         const Progress& progress);

/// Reads head and mark. kNotFound when it cannot be read, kStoreTooNew, kStoreDamaged when it is
/// something else or cut off.
Result<BackupMark> look_at_backup(const std::filesystem::path& file);

/// Copies the database in a backup to `to`, a file that exists and is empty, and syncs it.
/// kStoreDamaged when a single bit is not what was written.
Result<void> copy_out_of_backup(const std::filesystem::path& file, const std::filesystem::path& to,
                                const Progress& progress);

}  // namespace mih::store::sqlite
