#include "bench/machine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <linux/magic.h>
#include <string_view>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "bench/socket.hpp"

namespace mih::bench {
namespace {

/// The rest of the first line of a file that starts with `key`, without separators and quotes.
std::string value_in(const char* file, std::string_view key) {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const auto begin = line.find_first_not_of(" \t:=\"", key.size());
    if (begin == std::string::npos) return "";
    const auto end = line.find_last_not_of(" \"");
    return line.substr(begin, end - begin + 1);
  }
  return "";
}

std::string filesystem_name(const std::filesystem::path& path) {
  struct statfs info{};
  if (::statfs(path.c_str(), &info) != 0) return "unknown";
  switch (info.f_type) {
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlay";
    case TMPFS_MAGIC:
      return "tmpfs (memory: syncing costs nothing here)";
    default:
      return "type " + std::to_string(info.f_type);
  }
}

double median_fdatasync_us(const std::filesystem::path& dir) {
  constexpr int kSamples = 50;
  const auto path = dir / "sync-probe";
  const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  const std::array<char, 4096> block{};
  std::vector<double> samples;
  for (int i = 0; file && i < kSamples; ++i) {
    if (::write(file.get(), block.data(), block.size()) < 0) break;
    const auto begin = std::chrono::steady_clock::now();
    ::fdatasync(file.get());
    samples.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  ::unlink(path.c_str());
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  return samples[samples.size() / 2];
}

}  // namespace

Machine describe_machine(const std::filesystem::path& data_dir) {
  Machine machine;
  machine.processor = value_in("/proc/cpuinfo", "model name");
  machine.cores = std::thread::hardware_concurrency();
  machine.memory_bytes =
      static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  utsname name{};
  if (::uname(&name) == 0) machine.kernel = std::string{name.sysname} + " " + name.release;
  machine.system = value_in("/etc/os-release", "PRETTY_NAME");
  machine.filesystem = filesystem_name(data_dir);
  machine.fdatasync_us = median_fdatasync_us(data_dir);
  return machine;
}

}  // namespace mih::bench
