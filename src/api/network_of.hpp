#pragma once

#include <string>
#include <string_view>

namespace mih::api {

/// Whom an address belongs to, as far as limits per address go: with IPv6 whoever has one address
/// has the 2^64 of its network.
std::string network_of(std::string_view address);

}  // namespace mih::api
