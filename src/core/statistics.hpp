#pragma once

#include <cstdint>

namespace mih::core {

/// Running totals, committed together with what they count.
/// created = delivered + dead + open, always.
struct Totals {
  std::int64_t events_accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t deduplicated = 0;
  std::int64_t unmatched = 0;
  std::int64_t created = 0;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;

  std::int64_t open() const { return created - delivered - dead; }
};

}  // namespace mih::core
