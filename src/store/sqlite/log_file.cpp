#include "store/sqlite/log_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <sqlite3.h>
#include <vector>

namespace mih::store::sqlite {
namespace {

constexpr sqlite3_int64 kPiece = 64 << 10;  // SQLite writes less than 128 KiB in one go

/// A file as SQLite opens it.
class LogFile {
 public:
  explicit LogFile(sqlite3_vfs& vfs)
      : memory_(static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1),
        file_(reinterpret_cast<sqlite3_file*>(memory_.data())) {}
  ~LogFile() {
    if (file_->pMethods) file_->pMethods->xClose(file_);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  int open(sqlite3_vfs& vfs, const char* name) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL;
    return vfs.xOpen(&vfs, name, file_, flags, &flags);
  }

  int rewrite() {
    sqlite3_int64 size = 0;
    int result = file_->pMethods->xFileSize(file_, &size);
    std::vector<char> bytes(static_cast<std::size_t>(std::min(size, kPiece)));
    for (sqlite3_int64 at = 0; at < size && result == SQLITE_OK; at += kPiece) {
      const int piece = static_cast<int>(std::min(size - at, kPiece));
      result = file_->pMethods->xRead(file_, bytes.data(), piece, at);
      if (result == SQLITE_OK) {
        result = file_->pMethods->xWrite(file_, bytes.data(), piece, at);
      }
    }
    return result == SQLITE_OK ? file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) : result;
  }

 private:
  std::vector<std::max_align_t> memory_;
  sqlite3_file* file_;
};

}  // namespace

Result<void> rewrite_log(const std::filesystem::path& database, const std::string& vfs_name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name.empty() ? nullptr : vfs_name.c_str());
  const std::string path = database.string() + "-wal";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const sqlite3_filename name =
      sqlite3_create_filename(database.c_str(), "", path.c_str(), 0, nullptr);
  if (!vfs || !name) return fail(ErrorCode::kInternal, "SQLite has no memory");
  LogFile file{*vfs};
  int result = file.open(*vfs, sqlite3_filename_wal(name));
  if (result == SQLITE_OK) result = file.rewrite();
  sqlite3_free_filename(name);
  if (result == SQLITE_OK) return {};
  return fail((result & 0xff) == SQLITE_FULL ? ErrorCode::kDiskFull : ErrorCode::kStoreFailed,
              fmt::format("{} cannot be written again: {}; nothing was changed; check the disk",
                          path, sqlite3_errstr(result)));
}

}  // namespace mih::store::sqlite
