#pragma once

#include <string>
#include <string_view>

namespace mih {

/// RFC 4648 base64 with padding, on one line.
std::string to_base64(std::string_view bytes);

}  // namespace mih
