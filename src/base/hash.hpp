#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mih {

using Sha256 = std::array<unsigned char, 32>;

/// SHA-256 (FIPS 180-4) of the bytes.
Sha256 sha256(std::string_view bytes);

/// HMAC-SHA256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view text);

std::string to_hex(const Sha256& digest);
/// 64 hex digits in lower case; empty for anything else.
std::optional<Sha256> sha256_from_hex(std::string_view hex);

/// RFC 4648 base32 alphabet in lower case, without padding; the first `characters` of it.
std::string to_base32(const Sha256& digest, std::size_t characters);

/// `bytes` cryptographically random bytes as lower-case hex.
std::string random_hex(std::size_t bytes);

/// True if both texts are equal, in a time that depends on their lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace mih
