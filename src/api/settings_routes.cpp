#include "api/body.hpp"
#include "api/etag.hpp"
#include "api/handlers.hpp"
#include "core/fields.hpp"

namespace mih::api {
namespace {

std::string settings_body(const core::Settings& settings) {
  json::Writer out;
  out.begin_object();
  core::write_fields(out, core::settings_fields(), settings);
  out.end_object();
  return out.take();
}

Response show_settings(const core::Settings& settings) {
  auto body = settings_body(settings);
  const auto tag_source = body;
  return tagged(std::move(body), tag_source);
}

}  // namespace

HandlerTask get_settings(Call& call) {
  co_return show_settings(call.api.hub.settings());
}

HandlerTask patch_settings(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  const auto lock = co_await call.api.changes.lock();
  auto settings = call.api.hub.settings();
  auto unchanged = check_if_match(call.request, settings_body(settings));
  if (!unchanged) co_return fail(unchanged);
  auto read =
      core::read_fields(document->root(), core::settings_fields(), core::Write::kPatch, settings);
  if (!read) co_return fail(read);
  auto saved = co_await call.ask<core::Settings>(
      [&](auto answer) { call.api.hub.save_settings(settings, std::move(answer)); });
  if (!saved) co_return fail(saved);
  co_return show_settings(*saved);
}

}  // namespace mih::api
