#include "store/sqlite/directory.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mih::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kAsideMode = 0700;

std::unexpected<Error> system_failure(const fs::path& path, std::string_view what) {
  const int error = errno;
  return fail(error == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kStoreFailed,
              fmt::format("{} {}: {}; check the disk and the permissions of the directory",
                          path.string(), what, std::strerror(error)));
}

std::unexpected<Error> damage(const fs::path& database, std::string_view what) {
  return fail(ErrorCode::kStoreDamaged,
              fmt::format("{} {}. Nothing was changed. Restore a backup into this directory, or "
                          "move the directory away to start with an empty hub",
                          database.string(), what));
}

fs::path mark_of(const fs::path& path) {
  return path / "mih.db.created";
}
fs::path new_database(const fs::path& path) {
  return path / "mih.db.new";
}

/// Makes the entries of a directory durable.
Result<void> sync_directory(const fs::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return system_failure(path, "cannot be opened");
  const int result = ::fsync(directory);
  ::close(directory);
  if (result != 0) return system_failure(path, "cannot be synced");
  return {};
}

Result<void> create_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (descriptor < 0) return system_failure(file, "cannot be created");
  ::fchmod(descriptor, kFileMode);
  ::fsync(descriptor);
  ::close(descriptor);
  return {};
}

/// Who can put files into the directory can put others in the place of the store's.
Result<void> check_access(const fs::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return system_failure(path, "cannot be looked at");
  if ((found.st_mode & S_IWOTH) == 0) return {};
  return fail(ErrorCode::kStoreFailed,
              fmt::format("the data directory {} may be written by everybody; take that right from "
                          "them (chmod 750) and see that nobody has put anything there",
                          path.string()));
}

/// Takes from others what they have no use for. A directory with other things in it than a store is
/// left as it is.
void keep_others_out(const fs::path& path) {
  struct stat found{};
  std::error_code error;
  if (::stat(path.c_str(), &found) != 0) return;
  if (!fs::exists(path / "mih.db", error) && !fs::is_empty(path, error)) return;
  const mode_t closed = found.st_mode & (kDirectoryMode | S_ISGID);
  if (closed != (found.st_mode & ALLPERMS)) ::chmod(path.c_str(), closed);
}

std::string holder_of(int lock_file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock_file, text.data(), text.size() - 1, 0);
  std::string pid{text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  while (!pid.empty() && pid.back() == '\n')
    pid.pop_back();
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

Result<std::unique_ptr<Directory>> Directory::lock(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    fs::create_directories(path, error);
    if (error) {
      return fail(ErrorCode::kStoreFailed,
                  fmt::format("the data directory {} cannot be created: {}; create it or choose "
                              "another one",
                              path.string(), error.message()));
    }
    ::chmod(path.c_str(), kDirectoryMode);
  }
  if (auto safe = check_access(path); !safe) return fail(safe);
  keep_others_out(path);
  const fs::path file = path / "lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (descriptor < 0) return system_failure(file, "cannot be opened");
  std::unique_ptr<Directory> directory{new Directory(descriptor)};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_failure(file, "cannot be locked");
    return fail(ErrorCode::kStoreLocked,
                fmt::format("{} is in use by another mih (pid {}); stop it or choose another data "
                            "directory",
                            path.string(), holder_of(descriptor)));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return system_failure(file, "cannot be written");
  }
  return directory;
}

Directory::~Directory() {
  ::close(lock_file_);
}

std::optional<std::string> Directory::holder(const fs::path& path) {
  const int file = ::open((path / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string pid = holder_of(file);
  struct stat info{};
  ::fstat(file, &info);
  ::close(file);
  // Trying to lock it could be in the way of a daemon that starts. proc(5): "1: FLOCK  ADVISORY
  // WRITE 4711 08:01:131088 0 EOF".
  const std::string inode = fmt::format(":{} ", info.st_ino);
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    if (line.contains("FLOCK") && line.contains(inode)) return pid;
  }
  return std::nullopt;
}

fs::path Directory::database(const fs::path& path) {
  return path / "mih.db";
}

Result<Directory::Content> Directory::look(const fs::path& path) {
  const fs::path file = database(path);
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size == 0) {
    const bool was_here = fs::exists(mark_of(path), error) ||
                          fs::exists(file.string() + "-wal", error) ||
                          fs::exists(file.string() + "-journal", error);
    if (!was_here) return Content::kNothing;
    return damage(file, fs::exists(file, error) ? "is empty, but a store was here"
                                                : "is missing, but a store was here");
  }
  std::array<char, 16> magic{};
  std::ifstream{file, std::ios::binary}.read(magic.data(), magic.size());
  if (std::string_view{magic.data(), magic.size()} != kMagic) {
    return damage(file, "is damaged: it does not begin like an SQLite database");
  }
  return Content::kStore;
}

Result<fs::path> Directory::prepare_new(const fs::path& path) {
  fs::path file = new_database(path);
  std::error_code error;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    fs::remove(file.string() + suffix, error);
  }
  if (auto created = create_file(file); !created) return fail(created);
  return file;
}

Result<void> Directory::adopt_new(const fs::path& path) {
  const fs::path file = database(path);
  if (::rename(new_database(path).c_str(), file.c_str()) != 0) {
    return system_failure(file, "cannot be put in place");
  }
  return sync_directory(path);
}

bool Directory::holds_store(const fs::path& path) {
  const std::string file = database(path).string();
  std::error_code error;
  return fs::exists(file, error) || fs::exists(mark_of(path), error) ||
         fs::exists(file + "-wal", error) || fs::exists(file + "-journal", error);
}

Result<fs::path> Directory::put_aside(const fs::path& path, const std::string& name) {
  fs::path aside = path / name;
  for (int more = 2; ::mkdir(aside.c_str(), kAsideMode) != 0; ++more) {
    if (errno != EEXIST) return system_failure(aside, "cannot be created");
    aside = path / fmt::format("{}-{}", name, more);
  }
  // Without its mark of creation the database would not be missed; it stays. The log goes after the
  // database: beside another one it would be taken for that one's.
  if (auto marked = mark(path); !marked) return fail(marked);
  for (const char* file : {"mih.db", "mih.db-wal", "mih.db-shm", "mih.db-journal"}) {
    if (::rename((path / file).c_str(), (aside / file).c_str()) != 0 && errno != ENOENT) {
      return system_failure(path / file, "cannot be moved");
    }
    if (auto synced = sync_directory(path); !synced) return fail(synced);
  }
  if (auto synced = sync_directory(aside); !synced) return fail(synced);
  return aside;
}

Result<void> Directory::mark(const fs::path& path) {
  std::error_code error;
  if (fs::exists(mark_of(path), error)) return {};
  if (auto created = create_file(mark_of(path)); !created) return created;
  return sync_directory(path);
}

}  // namespace mih::store::sqlite
