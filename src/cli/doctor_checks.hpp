#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "cli/doctor_findings.hpp"
#include "cli/progress.hpp"
#include "config/config.hpp"

/// What `mih doctor` looks at. Nothing here changes anything, and a hub that runs is not disturbed.
namespace mih::cli {

/// The daemon that holds the lock of the data directory.
struct RunningDaemon {
  std::string pid;
  std::optional<std::int64_t> max_files;  ///< its limit of open files; empty: not to be seen
};

std::optional<RunningDaemon> find_daemon(const config::Config& config);

/// doctor_files.cpp: data directory, owners and modes, key file, free disk space.
void check_data_directory(const config::Config& config, Findings& findings);
/// `key_id`: the key that the store needs, "" when it has none yet.
void check_key(const config::Config& config, const std::string& key_id, Findings& findings);
void check_disk(const config::Config& config, Findings& findings);

/// doctor_network.cpp: the hub's answers, address, certificate, names, open files.
void check_hub(const config::Config& config, const std::optional<RunningDaemon>& daemon,
               Findings& findings);
void check_listen(const config::Config& config, bool is_running, Findings& findings);
void check_certificate(const config::Config& config, WallTime now, Findings& findings);
void check_allowed_hosts(const config::Config& config, Findings& findings);
/// `calls`: to services, at most at a time.
void check_open_files(const config::Config& config, const std::optional<RunningDaemon>& daemon,
                      std::int64_t calls, Findings& findings);

/// What is known of the store after it was looked at.
struct StoreSight {
  std::optional<ErrorCode> unusable;  ///< kStoreDamaged, kStoreTooNew
  std::string key_id;
  bool is_current = false;  ///< of the version of this program, so that its content can be read
};

/// doctor_store.cpp: integrity and version; then what is in it.
StoreSight check_store(const config::Config& config, ProgressLine& line, Findings& findings);
/// Returns how many calls to services there can be at a time.
std::int64_t check_content(const config::Config& config, WallTime now, Findings& findings);

}  // namespace mih::cli
