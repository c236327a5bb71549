#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.hpp"

namespace mih::bench {

/// A fresh directory (0700) that is removed with everything in it.
class ScratchDir {
 public:
  /// Below `parent`, with a name that starts with `name`.
  [[nodiscard]] static Result<ScratchDir> make(const std::filesystem::path& parent,
                                               std::string_view name);
  ScratchDir(ScratchDir&& other) noexcept;
  ScratchDir& operator=(ScratchDir&& other) = delete;
  ~ScratchDir();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchDir(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  ///< "" after a move
};

}  // namespace mih::bench
