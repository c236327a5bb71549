#include "base/hash.hpp"

#include <cstdlib>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace mih {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase32Digits = "abcdefghijklmnopqrstuvwxyz234567";

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Fetched once: looking the algorithm up costs more than hashing a short text.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

std::string bytes_to_hex(const unsigned char* bytes, std::size_t size) {
  std::string hex;
  hex.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    hex.push_back(kHexDigits[bytes[i] >> 4]);
    hex.push_back(kHexDigits[bytes[i] & 0xF]);
  }
  return hex;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  Sha256 digest;
  if (EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    std::abort();  // only without memory or without OpenSSL's default provider
  }
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view text) {
  Sha256 digest;
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  if (made == nullptr) std::abort();  // as above
  return digest;
}

std::string to_hex(const Sha256& digest) {
  return bytes_to_hex(digest.data(), digest.size());
}

std::optional<Sha256> sha256_from_hex(std::string_view hex) {
  Sha256 digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const auto digit = kHexDigits.find(hex[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<unsigned char>(digest[i / 2] << 4U | digit);
  }
  return digest;
}

std::string to_base32(const Sha256& digest, std::size_t characters) {
  constexpr unsigned kBitsPerCharacter = 5;
  constexpr std::size_t kMost = (Sha256{}.size() * 8 + kBitsPerCharacter - 1) / kBitsPerCharacter;
  std::string text;
  text.reserve(characters);
  unsigned buffer = 0;
  unsigned bits = 0;
  std::size_t next = 0;
  while (text.size() < characters && text.size() < kMost) {
    if (bits < kBitsPerCharacter) {
      buffer = buffer << 8 | (next < digest.size() ? digest[next] : 0U);
      ++next;
      bits += 8;
    }
    bits -= kBitsPerCharacter;
    text.push_back(kBase32Digits[buffer >> bits & 0x1F]);
  }
  return text;
}

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  auto* data = reinterpret_cast<unsigned char*>(random.data());
  if (RAND_bytes(data, static_cast<int>(bytes)) != 1) std::abort();  // never go on guessable
  return bytes_to_hex(data, bytes);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mih
