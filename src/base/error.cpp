#include "base/error.hpp"

#include <array>

namespace mih {

std::string_view code_name(ErrorCode code) {
  static constexpr std::array<std::string_view, 28> kNames{"invalid_json",
                                                           "validation_failed",
                                                           "template_invalid",
                                                           "filter_invalid",
                                                           "unauthorized",
                                                           "forbidden",
                                                           "not_found",
                                                           "service_not_found",
                                                           "method_not_allowed",
                                                           "name_taken",
                                                           "service_disabled",
                                                           "not_waiting",
                                                           "conflict",
                                                           "changed",
                                                           "too_large",
                                                           "unsupported_media_type",
                                                           "busy",
                                                           "rate_limited",
                                                           "circuit_open",
                                                           "disk_full",
                                                           "starting",
                                                           "store_locked",
                                                           "store_damaged",
                                                           "store_too_new",
                                                           "store_failed",
                                                           "config_invalid",
                                                           "loop",
                                                           "internal"};
  static_assert(kNames.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1);
  return kNames[static_cast<std::size_t>(code)];
}

}  // namespace mih
