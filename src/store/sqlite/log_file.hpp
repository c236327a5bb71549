#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace mih::store::sqlite {

/// Writes the write-ahead log of a database again, as it is, and syncs it. `vfs` "" is the default
/// one.
///
/// After a sync that failed, Linux may take the pages for clean: they are read back after a new
/// start although the disk does not have them, and no later sync writes them. What was committed
/// behind such a gap would be lost when the power fails. Call it before anything is committed.
Result<void> rewrite_log(const std::filesystem::path& database, const std::string& vfs);

}  // namespace mih::store::sqlite
