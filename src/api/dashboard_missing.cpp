#include "api/dashboard_assets.hpp"

namespace mih::api {

std::span<const Asset> dashboard_assets() {
  return {};
}

}  // namespace mih::api
