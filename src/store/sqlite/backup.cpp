#include "store/sqlite/backup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "store/sqlite/directory.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/secrets.hpp"

namespace mih::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;

std::unexpected<Error> system_failure(const fs::path& path, std::string_view what) {
  const int error = errno;
  return fail(error == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kStoreFailed,
              fmt::format("{} {}: {}; check the disk and the permissions", path.string(), what,
                          std::strerror(error)));
}

fs::path directory_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

Contents contents_of(Connection& connection) {
  const auto count = [&](const char* sql) { return connection.integer_of(sql); };
  Contents contents;
  contents.store_version = count("PRAGMA user_version");
  contents.services = count("SELECT count(*) FROM local_integrationhub_svc");
  contents.rules = count("SELECT count(*) FROM local_integrationhub_rules");
  contents.events_accepted = count("SELECT events_accepted FROM local_integrationhub_head");
  contents.deliveries_open =
      count("SELECT created - delivered - dead FROM local_integrationhub_head");
  contents.dead_letters = count("SELECT dead_letters FROM local_integrationhub_head");
  contents.has_secrets = has_secrets(connection);
  contents.key_id = needed_key_id(connection);
  return contents;
}

/// Where a backup is written before it gets its name; removed unless it got it.
class PartFile {
 public:
  explicit PartFile(const fs::path& file) : file_(file), part_(file.string() + ".part") {}
  ~PartFile() {
    if (made_ < 0) return;
    if (is_mine()) {
      for (const char* suffix : {"", "-journal", "-wal", "-shm"})
        ::unlink((part_.string() + suffix).c_str());
    }
    ::close(made_);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const fs::path& path() const { return part_; }

  /// What an interrupted backup left there is overwritten; one that still runs is left alone.
  Result<void> create() {
    made_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode);
    if (made_ < 0) return system_failure(part_, "cannot be created");
    if (::flock(made_, LOCK_EX | LOCK_NB) != 0 || !is_mine()) {
      ::close(std::exchange(made_, -1));
      return fail(ErrorCode::kConflict,
                  fmt::format("{} is being written by another mih backup; wait for its end",
                              part_.string()));
    }
    if (::fchmod(made_, kFileMode) != 0 || ::ftruncate(made_, 0) != 0) {
      return system_failure(part_, "cannot be written");
    }
    return {};
  }

  Result<void> adopt(bool replace) const {
    const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    int renamed = ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, file_.c_str(), flags);
    // Not every file system can promise not to replace; it was looked for before.
    if (renamed != 0 && errno == EINVAL) renamed = ::rename(part_.c_str(), file_.c_str());
    if (renamed != 0) return system_failure(file_, "cannot be put in place");
    const auto parent = directory_of(file_);
    const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    if (directory >= 0) ::close(directory);
    return synced ? Result<void>{} : system_failure(parent, "cannot be synced");
  }

 private:
  bool is_mine() const {
    struct stat mine{};
    struct stat named{};
    return ::fstat(made_, &mine) == 0 && ::lstat(part_.c_str(), &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
  }

  fs::path file_;
  fs::path part_;
  int made_ = -1;  ///< open and locked
};

Result<void> check_target(const BackupOptions& options) {
  std::error_code error;
  const auto parent = directory_of(options.file);
  if (!fs::is_directory(parent, error)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no directory {}; create it first", parent.string()));
  }
  if (fs::equivalent(parent, options.store.dir, error)) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} is in the data directory; choose another place, best on another "
                            "machine",
                            options.file.string()));
  }
  if (fs::is_directory(options.file, error)) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} is a directory; name a file", options.file.string()));
  }
  if (!options.replace && fs::exists(fs::symlink_status(options.file, error))) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} exists already; choose another name, or say --force to replace it",
                            options.file.string()));
  }
  return {};
}

/// A backup must not be what makes the hub refuse events.
Result<void> check_room(const fs::path& dir, std::int64_t bytes, const fs::path& store,
                        std::int64_t min_free) {
  struct stat here{};
  struct stat there{};
  struct statvfs disk{};
  if (::statvfs(dir.c_str(), &disk) != 0) return system_failure(dir, "cannot be looked at");
  const bool is_shared = ::stat(dir.c_str(), &here) == 0 && ::stat(store.c_str(), &there) == 0 &&
                         here.st_dev == there.st_dev;
  const auto free =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  const std::int64_t wanted = bytes + (is_shared ? min_free : 0);
  if (free >= wanted) return {};
  return fail(ErrorCode::kDiskFull,
              fmt::format("{} has not enough room: {} bytes are free, {} are needed{}; free some "
                          "disk space or choose another disk",
                          dir.string(), free, wanted,
                          is_shared && min_free > 0 ? " (the hub keeps min_free_disk of it)" : ""));
}

/// What VACUUM tells now and then of its progress: how large its file is.
struct Watch {
  const Progress& progress;
  const fs::path& file;
  std::int64_t total;

  static int look(void* self) {
    const auto& watch = *static_cast<const Watch*>(self);
    struct stat info{};
    if (::stat(watch.file.c_str(), &info) == 0) {
      watch.progress("copying", info.st_size, watch.total);
    }
    return 0;
  }
};

/// Writes what the source is at one moment into the empty file `to`. Unlike a copy of its pages
/// this has no free ones, which keep what was deleted.
Result<void> copy_content(Connection& source, const fs::path& to, std::int64_t bytes,
                          const Progress& progress) {
  constexpr int kInstructions = 10'000;
  Watch watch{.progress = progress, .file = to, .total = bytes};
  progress("copying", 0, bytes);
  sqlite3_progress_handler(source.handle(), kInstructions, Watch::look, &watch);
  Statement{source, "VACUUM INTO ?"}.run(to.native());
  sqlite3_progress_handler(source.handle(), 0, nullptr, nullptr);
  auto copied = source.check();
  if (copied || copied.error().code != ErrorCode::kDiskFull) return copied;
  return fail(ErrorCode::kDiskFull,
              fmt::format("{} cannot be written: the disk is full; free some disk space or choose "
                          "another disk",
                          to.string()));
}

Result<Contents> copy_store(const BackupOptions& options, PartFile& part) {
  const auto database = Directory::database(options.store.dir);
  auto opened = Connection::open(database, SQLITE_OPEN_READONLY, options.store.vfs);
  if (!opened) return fail(opened);
  Connection& source = **opened;
  configure_reader(source);
  if (auto checked = check_store(source, database.string()); !checked) return fail(checked);
  const auto pages =
      source.integer_of("PRAGMA page_count") - source.integer_of("PRAGMA freelist_count");
  const auto bytes = pages * source.integer_of("PRAGMA page_size");
  if (auto read = source.check(); !read) return fail(read);
  const auto target = directory_of(options.file);
  auto room = check_room(target, bytes, options.store.dir, options.min_free_disk);
  if (!room) return fail(room);
  if (auto created = part.create(); !created) return fail(created);
  auto copied = copy_content(source, part.path(), bytes, options.progress);
  if (!copied) return fail(copied);

  options.progress("checking", 0, 0);
  auto copy = Connection::open(part.path(), SQLITE_OPEN_READONLY, options.store.vfs);
  if (!copy) return fail(copy);
  if (auto checked = check_whole(**copy, database.string()); !checked) return fail(checked);
  auto contents = contents_of(**copy);
  if (auto read = (*copy)->check(); !read) return fail(read);
  return contents;
}

/// Whoever runs the hub owns the directory; what another user (root) puts there must be theirs.
void give_to_owner(const fs::path& dir, const fs::path& file) {
  struct stat info{};
  if (::stat(dir.c_str(), &info) != 0) return;
  [[maybe_unused]] const int given = ::lchown(file.c_str(), info.st_uid, info.st_gid);
}

/// The copy in the data directory, before it is the store.
Result<Contents> bring_in(const RestoreOptions& options, const fs::path& fresh) {
  if (auto copied = copy_out_of_backup(options.file, fresh, options.progress); !copied) {
    return fail(copied);
  }
  options.progress("checking", 0, 0);
  auto connection = Connection::open(fresh, SQLITE_OPEN_READWRITE, options.store.vfs);
  if (!connection) return fail(connection);
  if (auto checked = check_store(**connection, options.file.string()); !checked) {
    return fail(checked);
  }
  auto contents = contents_of(**connection);
  if (auto read = (*connection)->check(); !read) return fail(read);
  return contents;
}

KeyState key_state(const KeyFile& file, const std::string& id) {
  if (id.empty()) return KeyState::kNotNeeded;
  const auto keys = file.read();
  if (!keys) return KeyState::kMissing;
  const bool known = std::ranges::find(*keys, id, &SecretKey::id) != keys->end();
  return known ? KeyState::kPresent : KeyState::kOther;
}

}  // namespace

Result<BackupResult> back_up(const BackupOptions& options) {
  const auto content = Directory::look(options.store.dir);
  if (!content) return std::unexpected(content.error());
  if (*content == Directory::Content::kNothing) {
    return fail(ErrorCode::kNotFound,
                options.store.dir.string() + " holds no store; name the data directory of a hub");
  }
  if (auto checked = check_target(options); !checked) return fail(checked);
  PartFile part(options.file);
  auto contents = copy_store(options, part);
  if (!contents) return fail(contents);
  if (auto marked = mark_backup(part.path(), options.mark, options.progress); !marked) {
    return fail(marked);
  }
  std::error_code error;
  const auto bytes = fs::file_size(part.path(), error);
  if (auto adopted = part.adopt(options.replace); !adopted) return fail(adopted);
  return BackupResult{static_cast<std::int64_t>(bytes), std::move(*contents)};
}

Result<RestoreResult> restore(const RestoreOptions& options) {
  const fs::path& dir = options.store.dir;
  auto mark = look_at_backup(options.file);
  if (!mark) return fail(mark);
  auto directory = Directory::lock(dir);
  if (!directory) return fail(directory);
  const bool replaces = Directory::holds_store(dir);
  if (replaces && !options.replace) {
    return fail(
        ErrorCode::kConflict,
        fmt::format("{} holds a store already; choose another directory with --data, or say "
                    "--force: the store that is there is kept aside",
                    dir.string()));
  }
  std::error_code error;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(options.file, error));
  if (auto room = check_room(dir, bytes, dir, 0); !room) return fail(room);
  auto fresh = Directory::prepare_new(dir);
  if (!fresh) return fail(fresh);
  auto contents = bring_in(options, *fresh);
  if (!contents) {
    fs::remove(*fresh, error);
    return fail(contents);
  }
  RestoreResult result{.mark = std::move(*mark),
                       .contents = std::move(*contents),
                       .aside = std::nullopt,
                       .key = KeyState::kNotNeeded};
  if (replaces) {
    auto aside = Directory::put_aside(dir, options.aside);
    if (!aside) return fail(aside);
    give_to_owner(dir, *aside);
    result.aside = std::move(*aside);
  }
  give_to_owner(dir, *fresh);
  if (auto adopted = Directory::adopt_new(dir); !adopted) return fail(adopted);
  if (auto marked = Directory::mark(dir); !marked) return fail(marked);
  for (const char* file : {"lock", "mih.db.created"})
    give_to_owner(dir, dir / file);
  result.key = key_state(key_file_of(options.store), result.contents.key_id);
  return result;
}

}  // namespace mih::store::sqlite
