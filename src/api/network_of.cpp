#include "api/network_of.hpp"

#include <algorithm>

#include "base/ip.hpp"

namespace mih::api {

std::string network_of(std::string_view address) {
  auto ip = parse_ip(address);
  if (!ip || ip->is_v4) return std::string{address};
  std::fill(ip->bytes.begin() + 8, ip->bytes.end(), 0);
  return to_text(*ip) + "/64";
}

}  // namespace mih::api
