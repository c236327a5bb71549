#include "transport/http/authenticate.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/header.hpp"
#include "core/webhook_signature.hpp"

namespace mih::transport {
namespace {

std::unexpected<Error> unusable(const core::Service& service, std::string_view reason) {
  return fail(ErrorCode::kValidationFailed,
              fmt::format("service {}: {}; nothing was sent", service.name, reason));
}

Result<Credentials> with_token(const core::Service& service, std::string header,
                               std::string_view prefix) {
  if (service.auth_token.empty()) return unusable(service, "auth_token is empty");
  if (!is_header_value(service.auth_token)) {
    return unusable(service, "auth_token has a line break or another control character in it");
  }
  if (!is_header_name(header)) return unusable(service, "apikey_header is not a header name");
  return Credentials{std::move(header), fmt::format("{}{}", prefix, service.auth_token)};
}

Result<Credentials> with_password(const core::Service& service) {
  if (service.basic_user.empty() && service.auth_token.empty()) {
    return unusable(service, "basic_user and auth_token (the password) are empty");
  }
  if (service.basic_user.find(':') != std::string::npos) {
    return unusable(service, "basic_user must not have a colon in it (RFC 7617)");
  }
  return Credentials{"Authorization",
                     "Basic " + to_base64(service.basic_user + ":" + service.auth_token)};
}

}  // namespace

Result<Credentials> credentials_of(const core::Service& service) {
  switch (service.auth_type) {
    case core::AuthType::kNone:
      return Credentials{};
    case core::AuthType::kBearer:
      return with_token(service, "Authorization", "Bearer ");
    case core::AuthType::kApikey:
      return with_token(service, service.apikey_header, "");
    case core::AuthType::kBasic:
      return with_password(service);
    case core::AuthType::kOauth2:
      return Credentials{};  // OauthTransport has added the token
    case core::AuthType::kMtls:
      if (service.client_cert.empty() || service.client_key.empty()) {
        return unusable(service, "client_cert or client_key is empty");
      }
      return Credentials{};
    case core::AuthType::kWsse:
      return unusable(service, "auth_type wsse is for SOAP services only");
  }
  return unusable(service, "auth_type is not known");
}

Result<std::string> signature_of(const core::Service& service, std::string_view id,
                                 std::int64_t timestamp, std::string_view body) {
  std::string signatures;
  for (const auto* secret : {&service.signing_secret, &service.signing_secret_old}) {
    if (secret->empty()) continue;
    const auto key = core::webhook_key(*secret);
    if (!key) {
      return unusable(
          service,
          fmt::format("{} is not whsec_ with base64 behind it",
                      secret == &service.signing_secret ? "signing_secret" : "signing_secret_old"));
    }
    if (!signatures.empty()) signatures += ' ';
    signatures += core::webhook_signature(*key, id, timestamp, body);
  }
  return signatures;
}

}  // namespace mih::transport
