#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace mih::bench {

/// What a measurement was made on; figures mean little without it.
struct Machine {
  std::string processor;
  unsigned cores = 0;
  std::int64_t memory_bytes = 0;
  std::string kernel;
  std::string system;       ///< "Debian GNU/Linux 12 (bookworm)"
  std::string filesystem;   ///< of the data directory
  double fdatasync_us = 0;  ///< median of appending 4 KiB and syncing, in the data directory
};

Machine describe_machine(const std::filesystem::path& data_dir);

}  // namespace mih::bench
