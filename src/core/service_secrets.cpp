#include "core/service_secrets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <variant>
#include <vector>

#include "base/base64.hpp"
#include "core/fields.hpp"

namespace mih::core {
namespace {

constexpr std::size_t kShortest = 4;

/// As they are sent, the longest first, since one may be a part of another.
std::vector<std::string> sent_secrets(const Service& service) {
  std::vector<std::string> secrets;
  for (const auto& field : service_fields()) {
    if (!field.secret && !field.url_password) continue;
    const auto& value = service.*std::get<std::string Service::*>(field.access);
    secrets.emplace_back(field.secret ? std::string_view{value} : url_password(value));
  }
  if (service.auth_type == AuthType::kBasic) {
    secrets.push_back(to_base64(fmt::format("{}:{}", service.basic_user, service.auth_token)));
  }
  std::erase_if(secrets, [](const auto& secret) { return secret.size() < kShortest; });
  std::ranges::sort(secrets, std::greater{}, &std::string::size);
  return secrets;
}

}  // namespace

std::string without_secrets(const Service& service, std::string text) {
  if (text.empty()) return text;
  for (const auto& secret : sent_secrets(service)) {
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;
         at += kMask.size()) {
      text.replace(at, secret.size(), kMask);
    }
  }
  return text;
}

}  // namespace mih::core
