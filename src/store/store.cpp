#include "store/store.hpp"

#include <array>

namespace mih::store {

std::string_view name_of(CallKind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"delivery", "gateway", "inbound", "test"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace mih::store
