#include "engine/inbound_proof.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/hash.hpp"
#include "base/header.hpp"
#include "core/webhook_signature.hpp"

namespace mih::engine {
namespace {

constexpr std::int64_t kWindowS = 300;

bool is_bearer(std::string_view authorization, std::string_view secret) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return false;
  return equal_constant_time(authorization.substr(kScheme.size()), secret);
}

bool is_hub_signature(std::string_view signature, std::string_view body, std::string_view secret) {
  if (signature.empty()) return false;
  return equal_constant_time(signature, "sha256=" + to_hex(hmac_sha256(secret, body)));
}

std::optional<std::int64_t> read_time(std::string_view text) {
  std::int64_t time = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), time);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return time;
}

bool is_webhook_signature(const InboundProof& proof, std::string_view body, std::string_view secret,
                          WallTime now) {
  const auto time = read_time(proof.webhook_timestamp);
  if (!time || proof.webhook_id.empty() || proof.webhook_signature.empty()) return false;
  const auto now_s = to_unix_s(now);
  if (*time < now_s - kWindowS || *time > now_s + kWindowS) return false;
  // A secret that is not of the whsec_ kind is the key as it is.
  const auto key = core::webhook_key(secret).value_or(std::string{secret});
  const auto expected = core::webhook_signature(key, proof.webhook_id, *time, body);
  std::string_view rest = proof.webhook_signature;
  bool valid = false;
  while (!rest.empty()) {
    const auto end = rest.find(' ');
    if (equal_constant_time(rest.substr(0, end), expected)) valid = true;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return valid;
}

}  // namespace

bool proves(const InboundProof& proof, std::string_view body, std::string_view secret,
            WallTime now) {
  if (secret.empty()) return false;
  return is_bearer(proof.authorization, secret) ||
         (!proof.api_key.empty() && equal_constant_time(proof.api_key, secret)) ||
         is_hub_signature(proof.hub_signature_256, body, secret) ||
         is_webhook_signature(proof, body, secret, now);
}

}  // namespace mih::engine
