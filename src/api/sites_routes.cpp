#include <algorithm>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"
#include "base/hash.hpp"

/// /sites: what people do with sites.
namespace mih::api {
namespace {

constexpr std::size_t kCodeBytes = 16;
constexpr std::chrono::hours kCodeLife{1};

/// A new one-time code for the site; the answer is the only place where it is ever shown.
std::string give_code(core::Site& site, Now now) {
  auto code = random_hex(kCodeBytes);
  site.code_hash = sha256(code);
  site.code_expires = now.wall + kCodeLife;
  return code;
}

void read_callback(ObjectReader& reader, core::Site& site) {
  const auto url = reader.text("callback_url");
  if (!url) return;
  if (!url->empty() && !core::is_site_url(*url)) {
    reader.fault("callback_url", "must be an http:// or https:// URL, or empty");
    return;
  }
  site.callback_url = *url;
}

void write_time(json::Writer& out, std::string_view name, WallTime time) {
  out.member(name, time == WallTime{} ? std::nullopt : std::optional(to_unix_s(time)));
}

void write_site_members(json::Writer& out, const core::Site& site) {
  out.member("id", site.id.value);
  out.member("name", site.name);
  out.member("wwwroot", site.wwwroot);
  out.member("callback_url", site.callback_url);
  out.member("connected", site.is_connected());
  out.member("plugin_version", site.plugin_version);
  out.member("moodle_version", site.moodle_version);
  write_time(out, "last_seen", site.last_seen);
  out.member("outbox_rows", site.outbox_rows);
  out.member("list_version", site.list_version);
  out.member("timecreated", to_unix_s(site.created));
}

std::string site_body(const core::Site& site, const std::string& code = {}) {
  json::Writer out;
  out.begin_object();
  write_site_members(out, site);
  if (!code.empty()) {
    out.member("code", code);
    out.member("code_expires", to_unix_s(site.code_expires));
  }
  out.end_object();
  return out.take();
}

Result<core::Site> named_site(const Call& call) {
  const auto id = path_number(call.parameter(0));
  if (!id) return std::unexpected(id.error());
  for (auto& site : call.api.hub.sites().sites()) {
    if (site.id.value == *id) return site;
  }
  return fail(ErrorCode::kNotFound, fmt::format("There is no site {}.", *id));
}

async::Task<Result<core::Site>> save(Call& call, core::Site site) {
  return call.ask<core::Site>(
      [&sites = call.api.hub.sites(), site = std::move(site)](auto answer) mutable {
        sites.save_site(std::move(site), std::move(answer));
      });
}

}  // namespace

HandlerTask list_sites(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto sites = call.api.hub.sites().sites();
  std::erase_if(sites, [&](const core::Site& site) {
    return page.before > 0 && site.id.value >= page.before;
  });
  std::ranges::sort(sites, std::ranges::greater{}, &core::Site::id);
  co_return Response::json(page_body(
      sites, page, [](const core::Site& site) { return site.id.value; },
      [](json::Writer& out, const core::Site& site) {
        out.begin_object();
        write_site_members(out, site);
        out.end_object();
      }));
}

HandlerTask create_site(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  core::Site site;
  site.name = reader.text("name").value_or("");
  if (!core::is_site_name(site.name)) {
    reader.fault("name",
                 "must be 1 to 63 letters, digits, '.', '_' or '-', begin with a letter or digit, "
                 "and not be 'default'");
  }
  site.wwwroot = reader.text("wwwroot").value_or("");
  if (!site.wwwroot.empty() && !core::is_site_url(site.wwwroot)) {
    reader.fault("wwwroot", "must be an http:// or https:// URL");
  }
  read_callback(reader, site);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  const auto code = give_code(site, call.now());
  auto saved = co_await save(call, std::move(site));
  if (!saved) co_return fail(saved);
  auto response = Response::json(site_body(*saved, code), 201);
  response.headers.emplace_back("Location", fmt::format("/api/v1/sites/{}", saved->id.value));
  co_return response;
}

HandlerTask patch_site(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  const auto lock = co_await call.api.changes.lock();
  auto site = named_site(call);
  if (!site) co_return fail(site);
  ObjectReader reader(document->root());
  read_callback(reader, *site);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto saved = co_await save(call, std::move(*site));
  if (!saved) co_return fail(saved);
  co_return Response::json(site_body(*saved));
}

HandlerTask delete_site(Call& call) {
  const auto lock = co_await call.api.changes.lock();
  auto site = named_site(call);
  if (!site) co_return fail(site);
  auto removed = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.sites().remove_site(site->id, std::move(answer)); });
  if (!removed) co_return fail(removed);
  co_return Response::empty();
}

HandlerTask create_site_code(Call& call) {
  const auto lock = co_await call.api.changes.lock();
  auto site = named_site(call);
  if (!site) co_return fail(site);
  const auto code = give_code(*site, call.now());
  auto saved = co_await save(call, std::move(*site));
  if (!saved) co_return fail(saved);
  co_return Response::json(site_body(*saved, code), 201);
}

}  // namespace mih::api
