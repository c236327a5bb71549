#include <algorithm>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "base/hash.hpp"

/// /connector: what the plugin of a connected site asks for.
namespace mih::api {
namespace {

constexpr std::size_t kMaxText = 255;

Result<core::Site> calling_site(const Call& call) {
  for (auto& site : call.api.hub.sites().sites()) {
    if (site.is_connected() && site.name == call.caller.site) return site;
  }
  return fail(ErrorCode::kConflict,
              "This token is not that of a connected site; mih site add NAME gives a code with "
              "which a site is connected.");
}

ConnectRequest read_request(ObjectReader& reader) {
  ConnectRequest request;
  const auto code = reader.text("code").value_or("");
  if (code.empty()) reader.fault("code", "is needed; mih site add NAME prints one");
  request.code_hash = sha256(code);
  request.wwwroot = reader.text("wwwroot").value_or("");
  if (!core::is_site_url(request.wwwroot)) {
    reader.fault("wwwroot", "is needed: the site's http:// or https:// URL");
  }
  request.report.plugin_version = reader.text("plugin_version");
  request.report.moodle_version = reader.text("moodle_version");
  request.report.outbox_rows = reader.integer("outbox_rows");
  for (const auto& text : {request.report.plugin_version, request.report.moodle_version}) {
    if (text && text->size() > kMaxText) {
      reader.fault("plugin_version", "a version must be at most 255 bytes long");
    }
  }
  return request;
}

}  // namespace

HandlerTask connect_site(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  auto request = read_request(reader);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto connected = co_await call.ask<Connected>([&](auto answer) {
    call.api.hub.sites().connect_site(std::move(request), std::move(answer));
  });
  if (!connected) co_return fail(connected);
  json::Writer out;
  out.begin_object();
  out.member("site_id", connected->site.id.value);
  out.member("name", connected->site.name);
  out.member("token", connected->token);
  out.member("callback_key", connected->site.callback_key);
  out.member("signon_key", connected->site.signon_key);
  out.key("subscriptions");
  out.begin_object();
  engine::write_members(out, *call.api.hub.sites().subscriptions());
  out.end_object();
  out.end_object();
  co_return Response::json(out.take());
}

HandlerTask get_subscriptions(Call& call) {
  Query query(call.request.query);
  SiteReport report;
  report.outbox_rows = query.integer("outbox_rows");
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    auto value = query.text(name);
    if (value.empty() || value.size() > kMaxText) return std::nullopt;
    return value;
  };
  report.plugin_version = text("plugin_version");
  report.moodle_version = text("moodle_version");
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto site = calling_site(call);
  if (!site) co_return fail(site);
  call.api.hub.sites().heard_from(site->name, std::move(report));
  json::Writer out;
  out.begin_object();
  engine::write_members(out, *call.api.hub.sites().subscriptions());
  out.key("alerts");
  out.begin_array();
  for (const auto& alert : call.api.hub.alerts())
    write_alert(out, alert);
  out.end_array();
  out.end_object();
  co_return Response::json(out.take());
}

HandlerTask put_catalogue(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  auto site = calling_site(call);
  if (!site) co_return fail(site);
  ObjectReader reader(document->root());
  const auto events = reader.value("events");
  if (!events || !events->is_array()) reader.fault("events", "must be an array");
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto saved = co_await call.ask<bool>([&](auto answer) {
    call.api.hub.sites().save_catalogue(site->id, std::string{events->raw()}, std::move(answer));
  });
  if (!saved) co_return fail(saved);
  co_return Response::empty();
}

}  // namespace mih::api
