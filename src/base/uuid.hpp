#pragma once

#include <string>

#include "base/time.hpp"

namespace mih {

/// A UUIDv7 (RFC 9562, section 5.7): time-ordered, so that an index on it stays fast.
/// Within one process and millisecond the ids of one thread still increase.
std::string make_uuid7(WallTime now);

}  // namespace mih
