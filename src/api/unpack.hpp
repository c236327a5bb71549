#pragma once

#include <cstddef>
#include <string>

#include "async/task.hpp"
#include "base/error.hpp"

namespace mih::api {

/// Unpacks gzip data (RFC 1952, several members too) a piece at a time, so that other connections
/// are served meanwhile. kTooLarge beyond `max_bytes`, kInvalidJson when it is not gzip.
async::Task<Result<std::string>> unpack_gzip(std::string packed, std::size_t max_bytes);

}  // namespace mih::api
