#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace mih::store::sqlite {

/// The data directory (0750) with its lock. Files of the store in it:
///   mih.db, mih.db-wal, mih.db-shm   the database
///   mih.db.created                   says that a database was made here
///   before-restore-TIME/             what a restore has replaced
///   lock                             held by the daemon that uses the directory; holds its pid
class Directory {
 public:
  /// Creates the directory if it is missing and takes its lock. kStoreLocked names the process that
  /// holds it.
  static Result<std::unique_ptr<Directory>> lock(const std::filesystem::path& path);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// The process that holds the lock, as far as can be seen without touching it; empty if none.
  static std::optional<std::string> holder(const std::filesystem::path& path);

  static std::filesystem::path database(const std::filesystem::path& path);

  enum class Content : std::uint8_t { kNothing, kStore };
  /// kStoreDamaged if a store was here and its database is missing, empty or not a database.
  static Result<Content> look(const std::filesystem::path& path);

  /// Where a new database is made before adopt() gives it its name; what an interrupted attempt
  /// left there is removed.
  static Result<std::filesystem::path> prepare_new(const std::filesystem::path& path);
  static Result<void> adopt_new(const std::filesystem::path& path);
  /// True if a store is here, or was, in whatever state.
  static bool holds_store(const std::filesystem::path& path);
  /// Moves the files of the store that is here into a new directory below, whose name begins with
  /// `name`. When it is interrupted, the hub refuses to start.
  static Result<std::filesystem::path> put_aside(const std::filesystem::path& path,
                                                 const std::string& name);

  /// Writes the mark that a store is here, if it is missing.
  static Result<void> mark(const std::filesystem::path& path);

 private:
  explicit Directory(int lock_file) : lock_file_(lock_file) {}
  int lock_file_;
};

}  // namespace mih::store::sqlite
