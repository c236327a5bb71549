#include "transport/http/oauth_token.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "base/hash.hpp"
#include "base/header.hpp"
#include "base/json.hpp"

namespace mih::transport {
namespace {

using core::Failure;
using std::chrono::seconds;

constexpr std::size_t kMostBytes = 64 << 10;
constexpr std::size_t kLongestErrorCode = 40;
/// When the answer does not say how long a token lives.
constexpr seconds kUsualLifetime{300};
constexpr seconds kLongestLifetime{24 * 3600};
/// A token is not used any more so long before it expires, or in the last tenth of its life.
constexpr seconds kMargin{30};

/// application/x-www-form-urlencoded.
std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '*';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// invalid_client and the like; what else may stand there is the server's to say, and a request
/// that it repeats has the secret in it.
bool is_error_code(std::string_view text) {
  return text.size() <= kLongestErrorCode &&
         std::ranges::all_of(text, [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
}

std::unexpected<core::Reply> failed(const core::Service& service, Failure failure,
                                    std::string_view why) {
  core::Reply reply;
  reply.failure = failure;
  reply.error = fmt::format("OAuth token of service {}: {}", service.name, why);
  return std::unexpected(std::move(reply));
}

}  // namespace

std::string oauth_key(const core::Service& service) {
  std::string key;
  for (const auto* part : {&service.oauth2_token_url, &service.oauth2_client_id,
                           &service.auth_token, &service.oauth2_scope, &service.ca_file,
                           &service.client_cert, &service.client_key, &service.proxy}) {
    key += *part;
    key += '\0';
  }
  return to_hex(sha256(key));
}

core::Request token_request(const core::Service& service, std::chrono::milliseconds timeout) {
  auto endpoint = std::make_shared<core::Service>();
  endpoint->name = service.name;
  endpoint->base_url = service.oauth2_token_url;
  endpoint->auth_type = core::AuthType::kBasic;
  endpoint->basic_user = form_encoded(service.oauth2_client_id);
  endpoint->auth_token = form_encoded(service.auth_token);
  endpoint->ca_file = service.ca_file;
  endpoint->client_cert = service.client_cert;
  endpoint->client_key = service.client_key;
  endpoint->proxy = service.proxy;

  core::Request request;
  request.method = "POST";
  request.url = service.oauth2_token_url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = "grant_type=client_credentials";
  if (!service.oauth2_scope.empty()) {
    request.body += "&scope=" + form_encoded(service.oauth2_scope);
  }
  request.timeout = timeout;
  request.keep_response = kMostBytes;
  request.service = std::move(endpoint);
  return request;
}

std::expected<AccessToken, core::Reply> token_of(const core::Service& service,
                                                 const core::Reply& reply) {
  if (reply.failure != Failure::kNone) return failed(service, reply.failure, reply.error);
  json::Document document;
  const bool readable = document.parse(reply.body) && document.root().is_object();
  const int status = reply.http_status.value_or(0);
  if (status != 200) {
    const auto error = readable ? document.root().find("error") : std::nullopt;
    const bool named = error && error->is_string() && is_error_code(error->as_string());
    return failed(service, Failure::kSecret,
                  fmt::format("the token endpoint answered HTTP {}{}{}", status, named ? ": " : "",
                              named ? error->as_string() : std::string{}));
  }
  const auto token = readable ? document.root().find("access_token") : std::nullopt;
  if (!token || !token->is_string() || token->as_string().empty() ||
      !is_header_value(token->as_string())) {
    return failed(service, Failure::kSecret, "the token endpoint's answer has no access_token");
  }
  const auto type = document.root().find("token_type");
  if (type && type->is_string() && !equal_ignoring_case(type->as_string(), "bearer")) {
    return failed(service, Failure::kSecret, "the token is of another type than Bearer");
  }
  const auto expires = document.root().find("expires_in");
  const auto given = expires && expires->is_number() ? expires->as_int() : std::nullopt;
  const auto lifetime =
      given ? std::clamp(seconds{*given}, seconds{0}, kLongestLifetime) : kUsualLifetime;
  return AccessToken{token->as_string(), lifetime - std::min(kMargin, lifetime / 10)};
}

}  // namespace mih::transport
