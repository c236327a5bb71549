#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/service.hpp"

namespace mih::transport::soap {

/// A WS-Security header block with a UsernameToken (OASIS UsernameToken Profile 1.0): the password
/// as text, or as its digest with nonce and time. `nonce` are the bytes, made for this call alone.
/// Errors: kValidationFailed when the service has no user name.
Result<std::string> username_token(const core::Service& service, std::string_view nonce,
                                   WallTime created);

/// Cryptographically random bytes for a nonce.
std::string random_nonce();

}  // namespace mih::transport::soap
