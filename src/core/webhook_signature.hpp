#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Signatures of webhooks by Standard Webhooks (standardwebhooks.com, specification 1.0): the
/// HMAC-SHA256 of "ID.TIMESTAMP.BODY", in base64 behind "v1,".
namespace mih::core {

/// The key behind a secret: the bytes of the base64 that follows `whsec_`. Empty when it is not
/// that.
std::optional<std::string> webhook_key(std::string_view secret);

/// "v1,..." for a body.
std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t timestamp,
                              std::string_view body);

}  // namespace mih::core
