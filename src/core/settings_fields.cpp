#include <array>

#include "core/fields.hpp"

namespace mih::core {

std::span<const Field<Settings>> settings_fields() {
  using S = Settings;
  static const std::array kFields{
      Field<S>{"max_log_entries", &S::max_log_entries, "Rows kept in the request log; 0 = all", 0,
               1e9},
      Field<S>{"event_retention", &S::event_retention,
               "Seconds that delivered events stay in the explorer", 0, 3650 * 86400.0},
      Field<S>{"event_retention_count", &S::event_retention_count,
               "Delivered events that stay in the explorer", 0, 1e9},
      Field<S>{"dead_letter_retention", &S::dead_letter_retention,
               "Days that dead letters are kept; 0 = for ever", 0, 36500},
      Field<S>{"alert_open_s", &S::alert_open_s, "Seconds an open circuit waits before it alerts",
               0, 86400},
  };
  return kFields;
}

}  // namespace mih::core
