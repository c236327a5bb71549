#include "bench/scratch_dir.hpp"

#include <stdlib.h>
#include <string>
#include <system_error>
#include <utility>

#include "bench/socket.hpp"

namespace mih::bench {

Result<ScratchDir> ScratchDir::make(const std::filesystem::path& parent, std::string_view name) {
  std::string path = (parent / (std::string{name} + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(ErrorCode::kInternal, errno_text("cannot make a directory in " + parent.string()));
  }
  return ScratchDir{std::filesystem::path{path}};
}

ScratchDir::ScratchDir(ScratchDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace mih::bench
