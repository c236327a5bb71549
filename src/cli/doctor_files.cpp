#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/doctor_checks.hpp"
#include "store/secret_box.hpp"
#include "store/sqlite/backup_file.hpp"

namespace mih::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kNotForDirectory = 0027;
constexpr mode_t kNotForFiles = 0077;
constexpr mode_t kNotForSocket = 0007;
constexpr const char* kDataDirectory = "data directory";
constexpr const char* kFiles = "files";
constexpr const char* kKey = "key";

struct Misfits {
  std::vector<std::string> open;     ///< may be used by others
  std::vector<std::string> foreign;  ///< belong to somebody else than the directory
};

Misfits find_misfits(const config::Config& config, uid_t owner) {
  Misfits found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(config.data, error)) {
    struct stat info{};
    if (::lstat(entry.path().c_str(), &info) != 0) continue;  // gone meanwhile
    const auto forbidden = entry.path() == config.socket ? kNotForSocket : kNotForFiles;
    const auto name = entry.path().filename().string();
    if (!S_ISLNK(info.st_mode) && (info.st_mode & forbidden) != 0) found.open.push_back(name);
    if (info.st_uid != owner) found.foreign.push_back(name);
  }
  std::ranges::sort(found.open);
  std::ranges::sort(found.foreign);
  return found;
}

void check_files(const config::Config& config, uid_t owner, Findings& findings) {
  const auto misfits = find_misfits(config, owner);
  if (!misfits.open.empty()) {
    findings.problem(kFiles, fmt::format("other users may use {}", fmt::join(misfits.open, ", ")),
                     fmt::format("chmod go= them in {}", config.data.string()));
  }
  if (!misfits.foreign.empty()) {
    findings.problem(
        kFiles,
        fmt::format("{} belong to another user than the directory (uid {})",
                    fmt::join(misfits.foreign, ", "), owner),
        fmt::format("chown them to {} in {}; run mih as that user", owner, config.data.string()));
  }
  if (misfits.open.empty() && misfits.foreign.empty()) {
    findings.ok(kFiles, "only their owner may use them");
  }
}

/// The first backup that lies in a directory.
std::optional<fs::path> backup_in(const fs::path& dir) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (entry.is_regular_file(error) && store::sqlite::look_at_backup(entry.path())) {
      return entry.path();
    }
  }
  return std::nullopt;
}

}  // namespace

void check_data_directory(const config::Config& config, Findings& findings) {
  struct stat info{};
  if (::stat(config.data.c_str(), &info) != 0) {
    return findings.problem(kDataDirectory,
                            fmt::format("{} is not there, or not to be seen", config.data.string()),
                            "start a hub with mih serve, or name the directory of one with --data");
  }
  if (!S_ISDIR(info.st_mode)) {
    return findings.problem(kDataDirectory,
                            fmt::format("{} is not a directory", config.data.string()),
                            "name another one with --data");
  }
  if (::access(config.data.c_str(), R_OK | W_OK | X_OK) != 0) {
    return findings.problem(
        kDataDirectory,
        fmt::format("this user (uid {}) may not write into {}", ::geteuid(), config.data.string()),
        fmt::format("run this as the user that the hub runs as (uid {})", info.st_uid));
  }
  if ((info.st_mode & kNotForDirectory) != 0) {
    findings.problem(kDataDirectory,
                     fmt::format("{} is open to others (mode {:04o})", config.data.string(),
                                 info.st_mode & 07777U),
                     fmt::format("chmod 750 {}", config.data.string()));
  } else {
    findings.ok(kDataDirectory, fmt::format("{}, mode {:04o}, uid {}", config.data.string(),
                                            info.st_mode & 07777U, info.st_uid));
  }
  check_files(config, info.st_uid, findings);
}

void check_key(const config::Config& config, const std::string& key_id, Findings& findings) {
  const store::KeyFile file(config.key_file);
  if (key_id.empty() && !file.exists()) {
    return findings.ok(kKey, "none yet; it is made at the first start");
  }
  const auto keys = file.read();
  if (!keys) return findings.problem(kKey, keys.error().detail, "see docs/formats/secrets.md");
  const bool fits =
      key_id.empty() || std::ranges::find(*keys, key_id, &store::SecretKey::id) != keys->end();
  if (!fits) {
    return findings.problem(kKey,
                            fmt::format("{} is not the key of this store, which needs {}",
                                        config.key_file.string(), key_id),
                            "put the right file there, or name it with key_file");
  }
  const auto dir = config.key_file.parent_path();
  if (const auto backup = backup_in(dir)) {
    return findings.warn(
        kKey,
        fmt::format("{} lies beside a backup, {}", config.key_file.string(), backup->string()),
        "whoever gets both has all secrets: move the backup to another place");
  }
  const bool is_inside = dir == config.data;
  findings.ok(kKey, fmt::format("{}{}", config.key_file.string(),
                                is_inside ? "; a copy of the whole directory has it too" : ""));
}

void check_disk(const config::Config& config, Findings& findings) {
  constexpr double kMiB = 1024.0 * 1024.0;
  constexpr const char* kDisk = "disk";
  struct statvfs info{};
  if (::statvfs(config.data.c_str(), &info) != 0) return;  // said by check_data_directory()
  const auto free =
      static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
  const std::string says =
      fmt::format("{:.0f} MiB free, min_free_disk is {:.0f} MiB", static_cast<double>(free) / kMiB,
                  static_cast<double>(config.min_free_disk) / kMiB);
  if (free < config.min_free_disk) {
    findings.problem(kDisk, says, "events are refused: free some disk space");
  } else if (free < 2 * config.min_free_disk) {
    findings.warn(kDisk, says, "free some disk space before events are refused");
  } else {
    findings.ok(kDisk, says);
  }
}

}  // namespace mih::cli
