#include "core/webhook_signature.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/hash.hpp"

namespace mih::core {
namespace {

constexpr std::string_view kPrefix = "whsec_";

}  // namespace

std::optional<std::string> webhook_key(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  auto key = from_base64(secret.substr(kPrefix.size()));
  if (key && key->empty()) return std::nullopt;
  return key;
}

std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t timestamp,
                              std::string_view body) {
  std::string text = fmt::format("{}.{}.", id, timestamp);
  text += body;
  const auto mac = hmac_sha256(key, text);
  return "v1," + to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

}  // namespace mih::core
