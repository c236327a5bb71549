#include "transport/pem_file.hpp"

#include <array>
#include <fmt/format.h>
#include <sys/stat.h>
#include <utility>

namespace mih::transport {
namespace {

constexpr off_t kMostBytes = off_t{1} << 20;

}  // namespace

bool is_pem(std::string_view text) {
  return text.contains("-----BEGIN");
}

std::string pem_file_fault(const char* field, const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  // Files of the kernel have no size, and some of them no end.
  if (S_ISREG(found.st_mode) && found.st_size > 0 && found.st_size <= kMostBytes) return {};
  return fmt::format("{} {} is not a regular file of 1 byte to 1 MiB", field, path);
}

std::string pem_files_fault(const core::Service& service) {
  using Named = std::pair<const char*, const std::string*>;
  const std::array<Named, 3> named{Named{"ca_file", &service.ca_file},
                                   Named{"client_cert", &service.client_cert},
                                   Named{"client_key", &service.client_key}};
  for (const auto& [field, path] : named) {
    if (path->empty() || is_pem(*path)) continue;
    if (auto fault = pem_file_fault(field, *path); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace mih::transport
