#include "app/site_call.hpp"

#include <fmt/format.h>
#include <memory>

#include "base/hash.hpp"
#include "base/json.hpp"

namespace mih::app {
namespace {

constexpr std::chrono::seconds kTimeout{10};
constexpr std::size_t kNonceBytes = 16;
constexpr int kOk = 200;

std::string body_of(const core::Subscriptions& list) {
  json::Writer out;
  out.begin_object();
  out.member("action", "subscriptions");
  out.member("version", list.version);
  out.key("patterns");
  out.begin_array();
  for (const auto& one : list.patterns)
    out.value(one.pattern);
  out.end_array();
  out.key("sample");
  out.begin_array();
  out.end_array();
  out.end_object();
  return out.take();
}

std::string signature_of(const core::Site& site, std::string_view body, Now now) {
  const auto time = to_unix_s(now.wall);
  const auto nonce = random_hex(kNonceBytes);
  const auto mac = hmac_sha256(site.callback_key, fmt::format("{}.{}.{}", time, nonce, body));
  return fmt::format("t={},n={},v1={}", time, nonce, to_hex(mac));
}

}  // namespace

core::Request subscriptions_call(const core::Site& site, const core::Subscriptions& list, Now now) {
  core::Service service;
  service.name = "site " + site.name;
  service.base_url = site.callback_url;
  service.timeout = kTimeout;

  core::Request request;
  request.service = std::make_shared<const core::Service>(std::move(service));
  request.method = "POST";
  request.url = site.callback_url;
  request.body = body_of(list);
  request.headers = {{"Content-Type", "application/json"},
                     {"MIH-Signature", signature_of(site, request.body, now)}};
  request.timeout = kTimeout;
  request.trusted_host = true;
  return request;
}

std::optional<std::int64_t> acknowledged_version(const core::Reply& reply) {
  json::Document document;
  if (reply.http_status != kOk || !document.parse(reply.body)) return std::nullopt;
  const auto root = document.root();
  if (!root.is_object()) return std::nullopt;
  const auto version = root.find("version");
  return version && version->is_number() ? version->as_int() : std::nullopt;
}

}  // namespace mih::app
