#include "api/audit.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "api/json_views.hpp"
#include "base/json.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"

namespace mih::api {
namespace {

constexpr std::size_t kMaxBody = 8U << 10U;
constexpr std::size_t kMaxTarget = 500;
constexpr std::size_t kMaxWho = 100;
constexpr std::string_view kBase = "/api/v1";

/// How a member may be shown, by its name.
enum class Shown : std::uint8_t { kAsItIs, kMasked, kUrl, kHeaders };

Shown shown_as(std::string_view path, std::string_view name) {
  constexpr std::array<std::string_view, 5> kSecret{"password", "new_password", "token", "code",
                                                    "secret"};
  if (std::ranges::find(kSecret, name) != kSecret.end()) return Shown::kMasked;
  if (name == "value" && path.starts_with("/api/v1/secrets/")) return Shown::kMasked;
  if (name == "headers") return Shown::kHeaders;
  if (name == "soap_headers") return Shown::kMasked;
  for (const auto& field : core::service_fields()) {
    if (field.name != name) continue;
    if (field.secret) return Shown::kMasked;
    if (field.url_password) return Shown::kUrl;
  }
  return Shown::kAsItIs;
}

void write_headers(json::Writer& out, const json::Value& headers) {
  if (!headers.is_object()) return out.raw(headers.raw());
  out.begin_object();
  headers.each_member([&](const json::Value& name, const json::Value& value) {
    out.key(name.as_string());
    if (value.is_string()) {
      // What stands in it is fixed, and may say who the hub is; a template does not.
      out.value(value.as_string().contains("{{") ? value.as_string() : core::kMask);
    } else {
      out.raw(value.raw());
    }
  });
  out.end_object();
}

std::string masked_address(const std::string& url) {
  // The query of a broker's address names exchanges and queues.
  return url.starts_with("amqp") ? masked_url(url) : core::with_masked_query(masked_url(url));
}

void write_masked(json::Writer& out, std::string_view path, const json::Value& value) {
  if (value.is_array()) {
    out.begin_array();
    value.each_element([&](const json::Value& item) { write_masked(out, path, item); });
    return out.end_array();
  }
  if (!value.is_object()) return out.raw(value.raw());
  out.begin_object();
  value.each_member([&](const json::Value& key, const json::Value& member) {
    const auto name = key.as_string();
    out.key(name);
    switch (shown_as(path, name)) {
      case Shown::kMasked:
        out.value(core::kMask);
        break;
      case Shown::kUrl:
        out.value(masked_address(member.is_string() ? member.as_string() : std::string()));
        break;
      case Shown::kHeaders:
        write_headers(out, member);
        break;
      case Shown::kAsItIs:
        write_masked(out, path, member);
        break;
    }
  });
  out.end_object();
}

std::string names_of(const json::Value& root) {
  json::Writer out;
  out.begin_object();
  out.key("too_long_to_keep");
  out.begin_array();
  if (root.is_object()) {
    root.each_member([&](const json::Value& key, const json::Value&) {
      if (out.text().size() < kMaxBody) out.value(key.as_string().substr(0, 100));
    });
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace

std::string who(const Caller& caller) {
  switch (caller.way) {
    case Caller::Way::kToken:
      return fmt::format("token {} ({})", caller.name, caller.id);
    case Caller::Way::kSignedOn:
      return fmt::format("{} (Moodle user {} of {})", caller.name, caller.id, caller.site);
    default:
      return caller.name.empty() ? "nobody" : caller.name.substr(0, kMaxWho);
  }
}

std::string masked_body(std::string_view path, std::string_view body) {
  json::Document document;
  if (body.empty() || !document.parse(body)) return {};
  json::Writer out;
  write_masked(out, path, document.root());
  return out.text().size() <= kMaxBody ? out.take() : names_of(document.root());
}

core::AuditEntry audit_entry(const Caller& caller, const Request& request, std::string what,
                             WallTime now) {
  std::string_view target = request.path;
  if (target.starts_with(kBase)) target.remove_prefix(kBase.size());
  auto action = fmt::format("{} {}", name_of(request.method), target);
  if (!request.query.empty()) action += "?" + request.query;
  if (action.size() > kMaxTarget) action.resize(kMaxTarget);
  return {.time = now,
          .who = who(caller),
          .address = caller.address,
          .action = std::move(action),
          .what = std::move(what)};
}

}  // namespace mih::api
