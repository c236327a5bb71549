#include "app/site_call.hpp"

#include <charconv>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "engine/subscriptions.hpp"

namespace mih::app {
namespace {

constexpr std::size_t kNonceBytes = 16;
constexpr int kOk = 200;
/// 500 people with all their fields, with room to spare.
constexpr std::size_t kKeepResponse = 4 << 20;

std::string body_of(const core::Subscriptions& list) {
  json::Writer out;
  out.begin_object();
  out.member("action", "subscriptions");
  engine::write_members(out, list);
  out.end_object();
  return out.take();
}

void write_ids(json::Writer& out, std::string_view name, const std::vector<std::int64_t>& ids) {
  out.key(name);
  out.begin_array();
  for (const auto id : ids)
    out.value(id);
  out.end_array();
}

std::string body_of(const core::LookUp& wanted) {
  json::Writer out;
  out.begin_object();
  out.member("action", "look_up");
  write_ids(out, "users", wanted.users);
  write_ids(out, "courses", wanted.courses);
  out.end_object();
  return out.take();
}

std::string body_of(const core::InboundMessage& message) {
  json::Writer out;
  out.begin_object();
  out.member("action", "inbound");
  out.key("message");
  out.begin_object();
  out.member("id", message.id);
  out.member("serviceid", message.service.value);
  out.member("servicename", message.service_name);
  out.member("source", name_of(message.source));
  out.key("payload");
  out.raw(message.body);
  out.end_object();
  out.end_object();
  return out.take();
}

std::string signature_of(const core::Site& site, std::string_view body, Now now) {
  const auto time = to_unix_s(now.wall);
  const auto nonce = random_hex(kNonceBytes);
  const auto mac = hmac_sha256(site.callback_key, fmt::format("{}.{}.{}", time, nonce, body));
  return fmt::format("t={},n={},v1={}", time, nonce, to_hex(mac));
}

core::Request call_of(const core::Site& site, std::string body, Now now) {
  core::Service service;
  service.name = "site " + site.name;
  service.base_url = site.callback_url;
  service.timeout = kSiteTimeout;

  core::Request request;
  request.service = std::make_shared<const core::Service>(std::move(service));
  request.method = "POST";
  request.url = site.callback_url;
  request.body = std::move(body);
  request.headers = {{"Content-Type", "application/json"},
                     {"MIH-Signature", signature_of(site, request.body, now)}};
  request.timeout = kSiteTimeout;
  request.trusted_host = true;
  request.keep_response = kKeepResponse;
  return request;
}

core::LookedUp::Found found_in(const json::Value& root, std::string_view name) {
  core::LookedUp::Found found;
  const auto members = root.find(name);
  if (!members || !members->is_object()) return found;
  members->each_member([&](const json::Value& key, const json::Value& value) {
    std::int64_t id = 0;
    const auto text = key.raw_string();
    const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
    if (read.ec == std::errc{} && value.is_object()) found.emplace(id, std::string{value.raw()});
  });
  return found;
}

/// What the connector itself says against the call; empty when somebody else speaks.
std::optional<std::string> refusal_of(const core::Reply& reply) {
  json::Document document;
  if (!reply.http_status || !document.parse(reply.body) || !document.root().is_object()) return {};
  const auto status = document.root().find("status");
  const auto detail = document.root().find("detail");
  if (!status || !status->is_number() || status->as_int() != *reply.http_status) return {};
  if (!detail || !detail->is_string()) return {};
  return detail->as_string();
}

}  // namespace

core::Request subscriptions_call(const core::Site& site, const core::Subscriptions& list, Now now) {
  return call_of(site, body_of(list), now);
}

core::Request look_up_call(const core::Site& site, const core::LookUp& wanted, Now now) {
  return call_of(site, body_of(wanted), now);
}

core::Request inbound_call(const core::Site& site, const core::InboundMessage& message, Now now) {
  return call_of(site, body_of(message), now);
}

std::optional<std::int64_t> acknowledged_version(const core::Reply& reply) {
  json::Document document;
  if (reply.http_status != kOk || !document.parse(reply.body)) return std::nullopt;
  const auto root = document.root();
  if (!root.is_object()) return std::nullopt;
  const auto version = root.find("version");
  return version && version->is_number() ? version->as_int() : std::nullopt;
}

std::expected<core::LookedUp, std::string> looked_up(const core::Reply& reply) {
  json::Document document;
  if (reply.http_status != kOk) return std::unexpected(trouble_of(reply));
  if (reply.truncated || !document.parse(reply.body) || !document.root().is_object()) {
    return std::unexpected("it answered with something else than the connector's JSON");
  }
  return core::LookedUp{found_in(document.root(), "users"), found_in(document.root(), "courses")};
}

std::expected<void, core::SiteFailure> taken(const core::Reply& reply) {
  using Kind = core::SiteFailure::Kind;
  if (reply.http_status == kOk) {
    json::Document document;
    if (document.parse(reply.body) && document.root().is_object()) {
      const auto flag = document.root().find("taken");
      if (flag && flag->kind() == json::Kind::kTrue) return {};
    }
    return std::unexpected(
        core::SiteFailure{Kind::kAway,
                          "it answered with something else than the connector's JSON",
                          {},
                          true,
                          reply.http_status});
  }
  const bool client_error =
      reply.http_status && *reply.http_status >= 400 && *reply.http_status < 500;
  const auto kind = client_error && refusal_of(reply) ? Kind::kRefused : Kind::kAway;
  return std::unexpected(core::SiteFailure{kind, trouble_of(reply), {}, true, reply.http_status});
}

std::string trouble_of(const core::Reply& reply) {
  if (!reply.error.empty()) return reply.error;
  if (!reply.http_status) return "no answer";
  const auto refusal = refusal_of(reply);
  return refusal ? fmt::format("HTTP {}: {}", *reply.http_status, *refusal)
                 : fmt::format("HTTP {}", *reply.http_status);
}

}  // namespace mih::app
