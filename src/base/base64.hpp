#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mih {

/// RFC 4648 base64 with padding, on one line.
std::string to_base64(std::string_view bytes);
/// And back; the padding may be missing. Empty when it is not that.
std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648 base64url without padding, and back: empty when it is not exactly that.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace mih
