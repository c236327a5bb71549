#pragma once

#include <chrono>
#include <cstdint>

namespace mih::core {

/// Settings that are kept in the store and change while the hub runs (GET/PATCH /settings).
struct Settings {
  std::int64_t max_log_entries = 500;  ///< 0 = unlimited
  std::chrono::milliseconds event_retention{std::chrono::hours{24}};
  std::int64_t event_retention_count = 100'000;
  std::int64_t dead_letter_retention = 0;  ///< days; 0 = kept for ever
  std::chrono::milliseconds alert_open_s{std::chrono::seconds{300}};
};

}  // namespace mih::core
