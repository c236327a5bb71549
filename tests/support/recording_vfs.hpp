#pragma once

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
#include <vector>

namespace mih::test {

/// What happened, in order.
enum class DiskOperation : std::uint8_t { kWrite, kSync, kAnswer };

/// An SQLite VFS over the default one that knows what of each file is synced. It can say what a
/// disk would hold after a power cut, refuse writes, and swallow syncs. Register one per test; it
/// must outlive every connection that uses it. Nothing is really synced, which keeps tests fast.
class RecordingVfs {
 public:
  using Image = std::map<std::string, std::string>;  ///< path -> content

  explicit RecordingVfs(std::string name) : name_(std::move(name)) {
    parent_ = sqlite3_vfs_find(nullptr);
    vfs_ = *parent_;
    vfs_.zName = name_.c_str();
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + parent_->szOsFile;
    vfs_.xOpen = &RecordingVfs::open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~RecordingVfs() { sqlite3_vfs_unregister(&vfs_); }
  RecordingVfs(const RecordingVfs&) = delete;
  RecordingVfs& operator=(const RecordingVfs&) = delete;

  const std::string& name() const { return name_; }

  /// Syncs claim success, do nothing and are not recorded.
  void swallow_syncs() { swallow_syncs_ = true; }
  /// After `writes` more writes, the next `times` writes fail with this code.
  void fail_writes(int code, int writes, int times) {
    const std::lock_guard lock{mutex_};
    failure_ = {code, writes, times};
  }
  /// The same for syncs.
  void fail_syncs(int code, int syncs, int times) {
    const std::lock_guard lock{mutex_};
    sync_failure_ = {code, syncs, times};
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

  /// What the disk holds if the power fails now. Writes that are not synced are lost, or, with a
  /// random source, each of them is kept or lost.
  Image power_cut(std::mt19937_64* random = nullptr) {
    const std::lock_guard lock{mutex_};
    Image image;
    for (const auto& [path, state] : files_) {
      std::string content = state.synced;
      for (const auto& write : state.unsynced) {
        if (random && (*random)() % 2 == 0) apply(content, write);
      }
      image[path] = std::move(content);
    }
    return image;
  }
  /// Makes the directory look like the image. No connection may be open.
  void restore(const Image& image) {
    const std::lock_guard lock{mutex_};
    for (const auto& [path, content] : image) {
      std::filesystem::remove(path + "-shm");
      std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
    }
    files_.clear();
  }

 private:
  struct Write {
    std::int64_t offset;  ///< -1: truncate to `size`
    std::int64_t size;
    std::string bytes;
  };
  struct State {
    std::string synced;
    std::vector<Write> unsynced;
  };
  struct Failure {
    int code = 0;
    int after = 0;
    int times = 0;
  };
  /// In front of the file of the default VFS.
  struct File {
    sqlite3_file base;
    RecordingVfs* vfs;
    bool recorded;
    std::string* path;
    sqlite3_file* parent() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static File* cast(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
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
    auto* made = new (file) File{};
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
    if (files_.contains(path)) return;
    std::ostringstream content;
    content << std::ifstream{path, std::ios::binary}.rdbuf();
    files_[path].synced = content.str();
  }

  static int close(sqlite3_file* file) {
    const int result = parent_of(file)->pMethods->xClose(parent_of(file));
    delete cast(file)->path;
    return result;
  }

  static bool strikes(Failure& failure) {
    if (failure.times == 0) return false;
    if (failure.after > 0) {
      --failure.after;
      return false;
    }
    --failure.times;
    return true;
  }

  void announce() {
    if (callback_) callback_(++count_);
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    File& self = *cast(file);
    RecordingVfs& vfs = *self.vfs;
    if (self.recorded) {
      vfs.announce();
      const std::lock_guard lock{vfs.mutex_};
      if (strikes(vfs.failure_)) return vfs.failure_.code;
      vfs.operations_.push_back(DiskOperation::kWrite);
      vfs.files_[*self.path].unsynced.push_back(
          {offset, 0, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
    }
    return self.parent()->pMethods->xWrite(self.parent(), bytes, size, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    File& self = *cast(file);
    if (self.recorded) {
      const std::lock_guard lock{self.vfs->mutex_};
      self.vfs->files_[*self.path].unsynced.push_back({-1, size, {}});
    }
    return self.parent()->pMethods->xTruncate(self.parent(), size);
  }

  static int sync(sqlite3_file* file, int) {
    File& self = *cast(file);
    RecordingVfs& vfs = *self.vfs;
    if (!self.recorded || vfs.swallow_syncs_) return SQLITE_OK;
    vfs.announce();
    const std::lock_guard lock{vfs.mutex_};
    if (strikes(vfs.sync_failure_)) return vfs.sync_failure_.code;
    vfs.operations_.push_back(DiskOperation::kSync);
    State& state = vfs.files_[*self.path];
    for (const auto& item : state.unsynced)
      apply(state.synced, item);
    state.unsynced.clear();
    return SQLITE_OK;
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = close;
      m.xRead = [](sqlite3_file* f, void* bytes, int size, sqlite3_int64 offset) {
        return parent_of(f)->pMethods->xRead(parent_of(f), bytes, size, offset);
      };
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
  Failure failure_;
  Failure sync_failure_;
  std::function<void(std::int64_t)> callback_;
  std::int64_t count_ = 0;
  std::vector<DiskOperation> operations_;
  std::map<std::string, State> files_;
};

}  // namespace mih::test
