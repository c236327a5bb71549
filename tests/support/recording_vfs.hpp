#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <sqlite3.h>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mih::test {

/// What happened, in order.
enum class DiskOperation : std::uint8_t { kWrite, kSync, kAnswer };

/// What a power cut does to writes that are not synced. kSome keeps any of them, as a disk that
/// reorders does; kTorn any of their sectors.
enum class Loss : std::uint8_t { kAll, kSome, kTorn };

/// What a failed sync does to the writes it was for: the page cache keeps them dirty, or forgets
/// that they are (a later sync succeeds without them), or forgets them altogether, so that reads
/// give what the disk has (Linux does the second, and the third when memory is short).
enum class FailedSync : std::uint8_t { kKeepsDirty, kMarksClean, kEvicts };

/// An SQLite VFS over the default one that knows what of each file is synced. It can say what a
/// disk would hold after a power cut or a kill, fail reads, writes and syncs, and swallow syncs.
/// Register one per test; it must outlive every connection that uses it. Nothing is really synced,
/// which keeps tests fast.
class RecordingVfs {
  struct Write {
    std::int64_t offset;  ///< -1: truncate to `size`
    std::int64_t size;
    std::string bytes;
  };
  struct State {
    std::string synced;           ///< on the disk for certain
    std::vector<Write> unsynced;  ///< on the disk after the next sync
  };

 public:
  /// What is found after a crash: path -> what reads give, and what is behind it.
  struct File {
    std::string content;
    State state;
  };
  using Image = std::map<std::string, File>;

  explicit RecordingVfs(std::string name) : name_(std::move(name)) {
    parent_ = sqlite3_vfs_find(nullptr);
    vfs_ = *parent_;
    vfs_.zName = name_.c_str();
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(OpenFile)) + parent_->szOsFile;
    vfs_.xOpen = &RecordingVfs::open;
    vfs_.xDelete = &RecordingVfs::remove;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~RecordingVfs() { sqlite3_vfs_unregister(&vfs_); }
  RecordingVfs(const RecordingVfs&) = delete;
  RecordingVfs& operator=(const RecordingVfs&) = delete;

  const std::string& name() const { return name_; }

  /// Syncs claim success, do nothing and are not recorded.
  void swallow_syncs() { swallow_syncs_ = true; }
  /// After `writes` more writes, the next `times` writes fail with this code, half done.
  void fail_writes(int code, int writes, int times) {
    const std::lock_guard lock{mutex_};
    write_failure_ = {code, writes, times};
  }
  /// The same for reads.
  void fail_reads(int code, int reads, int times) {
    const std::lock_guard lock{mutex_};
    read_failure_ = {code, reads, times};
  }
  /// The same for syncs.
  void fail_syncs(int code, int syncs, int times, FailedSync then = FailedSync::kKeepsDirty) {
    const std::lock_guard lock{mutex_};
    sync_failure_ = {code, syncs, times};
    failed_sync_ = then;
  }
  /// The disk is well again. True if something did fail since the last call.
  bool heal() {
    const std::lock_guard lock{mutex_};
    write_failure_ = read_failure_ = sync_failure_ = {};
    return std::exchange(struck_, false);
  }
  /// Called before each write and sync of a database or its log with its number, from 1.
  void on_operation(std::function<void(std::int64_t)> callback) { callback_ = std::move(callback); }

  /// An accept answer leaves now.
  void answer() {
    const std::lock_guard lock{mutex_};
    operations_.push_back(DiskOperation::kAnswer);
  }
  /// True if an answer left while a write was not synced, or without any sync before it.
  bool answered_too_early() {
    const std::lock_guard lock{mutex_};
    bool dirty = true;
    for (const auto operation : operations_) {
      if (operation == DiskOperation::kAnswer && dirty) return true;
      if (operation == DiskOperation::kWrite) dirty = true;
      if (operation == DiskOperation::kSync) dirty = false;
    }
    return false;
  }

  /// What is found when the power fails now.
  Image power_cut(Loss loss, std::mt19937_64& random) {
    const std::lock_guard lock{mutex_};
    Image image;
    for (const auto& [path, state] : files_) {
      std::string content = state.synced;
      for (const auto& write : state.unsynced)
        keep_some(content, write, loss, random);
      image[path] = {content, {content, {}}};
    }
    return image;
  }
  /// What is found when the process is killed now: the page cache stays.
  Image kill() {
    const std::lock_guard lock{mutex_};
    Image image;
    for (const auto& [path, state] : files_)
      image[path] = {read_file(path), state};
    return image;
  }
  /// Makes the directory look like the image. No connection may be open.
  void restore(const Image& image) {
    const std::lock_guard lock{mutex_};
    files_.clear();
    for (const auto& [path, file] : image) {
      std::filesystem::remove(path + "-shm");
      std::ofstream{path, std::ios::binary | std::ios::trunc} << file.content;
      files_[path] = file.state;
    }
  }

 private:
  static constexpr std::size_t kSector = 512;

  struct Failure {
    int code = 0;
    int after = 0;
    int times = 0;
  };
  /// In front of the file of the default VFS.
  struct OpenFile {
    sqlite3_file base;
    RecordingVfs* vfs;
    bool recorded;
    std::string* path;
    sqlite3_file* parent() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static OpenFile* cast(sqlite3_file* file) { return reinterpret_cast<OpenFile*>(file); }
  static sqlite3_file* parent_of(sqlite3_file* file) { return cast(file)->parent(); }

  static void apply(std::string& content, const Write& write) {
    if (write.offset < 0) {
      content.resize(static_cast<std::size_t>(write.size));
      return;
    }
    const auto end = static_cast<std::size_t>(write.offset) + write.bytes.size();
    if (content.size() < end) content.resize(end);
    content.replace(static_cast<std::size_t>(write.offset), write.bytes.size(), write.bytes);
  }

  static int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags,
                  int* out_flags) {
    auto* self = static_cast<RecordingVfs*>(vfs->pAppData);
    auto* made = new (file) OpenFile{};
    made->vfs = self;
    const int result = self->parent_->xOpen(self->parent_, path, made->parent(), flags, out_flags);
    if (result != SQLITE_OK) return result;
    made->base.pMethods = methods();
    made->recorded = path && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
    made->path = new std::string{path ? path : ""};
    if (made->recorded) self->track(*made->path);
    return SQLITE_OK;
  }

  void track(const std::string& path) {
    const std::lock_guard lock{mutex_};
    if (!files_.contains(path)) files_[path].synced = read_file(path);
  }

  static std::string read_file(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream{path, std::ios::binary}.rdbuf();
    return content.str();
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto* self = static_cast<RecordingVfs*>(vfs->pAppData);
    {
      const std::lock_guard lock{self->mutex_};
      self->files_.erase(path);
    }
    return self->parent_->xDelete(self->parent_, path, sync_directory);
  }

  static int close(sqlite3_file* file) {
    const int result = parent_of(file)->pMethods->xClose(parent_of(file));
    delete cast(file)->path;
    return result;
  }

  static void keep_some(std::string& content, const Write& write, Loss loss,
                        std::mt19937_64& random) {
    if (loss == Loss::kAll) return;
    if (loss == Loss::kSome || write.offset < 0) {
      if (random() % 2 == 0) apply(content, write);
      return;
    }
    // Sectors lie at multiples of their size in the file, whatever the write begins with.
    for (std::size_t from = 0; from < write.bytes.size();) {
      const auto at = write.offset + static_cast<std::int64_t>(from);
      const auto size =
          std::min(kSector - static_cast<std::size_t>(at) % kSector, write.bytes.size() - from);
      if (random() % 2 == 0) apply(content, {at, 0, write.bytes.substr(from, size)});
      from += size;
    }
  }

  bool strikes(Failure& failure) {
    if (failure.times == 0) return false;
    if (failure.after > 0) {
      --failure.after;
      return false;
    }
    --failure.times;
    struck_ = true;
    return true;
  }

  void announce() {
    if (callback_) callback_(++count_);
  }

  static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
    OpenFile& self = *cast(file);
    RecordingVfs& vfs = *self.vfs;
    if (self.recorded) {
      const std::lock_guard lock{vfs.mutex_};
      if (vfs.strikes(vfs.read_failure_)) return vfs.read_failure_.code;
    }
    return self.parent()->pMethods->xRead(self.parent(), bytes, size, offset);
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    OpenFile& self = *cast(file);
    RecordingVfs& vfs = *self.vfs;
    if (!self.recorded) return self.parent()->pMethods->xWrite(self.parent(), bytes, size, offset);
    vfs.announce();
    const std::lock_guard lock{vfs.mutex_};
    const bool fails = vfs.strikes(vfs.write_failure_);
    if (fails) size /= 2;
    vfs.operations_.push_back(DiskOperation::kWrite);
    vfs.files_[*self.path].unsynced.push_back(
        {offset, 0, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
    const int result = self.parent()->pMethods->xWrite(self.parent(), bytes, size, offset);
    return fails ? vfs.write_failure_.code : result;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    OpenFile& self = *cast(file);
    if (self.recorded) {
      const std::lock_guard lock{self.vfs->mutex_};
      self.vfs->files_[*self.path].unsynced.push_back({-1, size, {}});
    }
    return self.parent()->pMethods->xTruncate(self.parent(), size);
  }

  static int sync(sqlite3_file* file, int) {
    OpenFile& self = *cast(file);
    RecordingVfs& vfs = *self.vfs;
    if (!self.recorded || vfs.swallow_syncs_) return SQLITE_OK;
    vfs.announce();
    const std::lock_guard lock{vfs.mutex_};
    State& state = vfs.files_[*self.path];
    if (vfs.strikes(vfs.sync_failure_)) {
      if (vfs.failed_sync_ != FailedSync::kKeepsDirty) state.unsynced.clear();
      if (vfs.failed_sync_ == FailedSync::kEvicts) read_anew(*self.parent(), state.synced);
      return vfs.sync_failure_.code;
    }
    vfs.operations_.push_back(DiskOperation::kSync);
    for (const auto& item : state.unsynced)
      apply(state.synced, item);
    state.unsynced.clear();
    return SQLITE_OK;
  }

  /// What the page cache does not have comes from the disk.
  static void read_anew(sqlite3_file& file, const std::string& synced) {
    file.pMethods->xTruncate(&file, static_cast<sqlite3_int64>(synced.size()));
    constexpr std::size_t kPiece = 64 << 10;  // SQLite writes less than 128 KiB in one go
    for (std::size_t at = 0; at < synced.size(); at += kPiece) {
      const auto size = static_cast<int>(std::min(kPiece, synced.size() - at));
      file.pMethods->xWrite(&file, synced.data() + at, size, static_cast<sqlite3_int64>(at));
    }
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = close;
      m.xRead = read;
      m.xWrite = write;
      m.xTruncate = truncate;
      m.xSync = sync;
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return parent_of(f)->pMethods->xFileSize(parent_of(f), size);
      };
      m.xLock = [](sqlite3_file* f, int level) {
        return parent_of(f)->pMethods->xLock(parent_of(f), level);
      };
      m.xUnlock = [](sqlite3_file* f, int level) {
        return parent_of(f)->pMethods->xUnlock(parent_of(f), level);
      };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return parent_of(f)->pMethods->xCheckReservedLock(parent_of(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int operation, void* value) {
        return parent_of(f)->pMethods->xFileControl(parent_of(f), operation, value);
      };
      m.xSectorSize = [](sqlite3_file* f) {
        return parent_of(f)->pMethods->xSectorSize(parent_of(f));
      };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return parent_of(f)->pMethods->xDeviceCharacteristics(parent_of(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return parent_of(f)->pMethods->xShmMap(parent_of(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return parent_of(f)->pMethods->xShmLock(parent_of(f), offset, n, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { parent_of(f)->pMethods->xShmBarrier(parent_of(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) {
        return parent_of(f)->pMethods->xShmUnmap(parent_of(f), remove);
      };
      return m;
    }();
    return &kMethods;
  }

  std::string name_;
  sqlite3_vfs* parent_;
  sqlite3_vfs vfs_{};
  std::mutex mutex_;
  bool swallow_syncs_ = false;
  Failure write_failure_;
  Failure read_failure_;
  Failure sync_failure_;
  FailedSync failed_sync_ = FailedSync::kKeepsDirty;
  bool struck_ = false;
  std::function<void(std::int64_t)> callback_;
  std::int64_t count_ = 0;
  std::vector<DiskOperation> operations_;
  std::map<std::string, State> files_;
};

}  // namespace mih::test
