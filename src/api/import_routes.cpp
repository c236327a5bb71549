#include <fmt/format.h>

#include "api/audit.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/query.hpp"

/// POST /connector/import: what the original plugin had comes over to the hub.
namespace mih::api {
namespace {

/// So long after a site was connected, its ingest token may import: whoever finds that token later
/// can send events with it, and not make services that get them.
constexpr std::chrono::hours kWindow{1};

std::unexpected<Error> refused(std::string detail) {
  return fail(ErrorCode::kForbidden, std::move(detail));
}

/// Dead letters and queued events need no more than events do. Services and rules do.
bool has_configuration(const engine::OriginalTables& tables) {
  return !tables.services.empty() || !tables.rules.empty();
}

/// An ingest token must be that of a connected site; for services and rules, of one that was
/// connected just now.
async::Task<Result<void>> check_token(Call& call, bool configuration) {
  if (call.caller.way != Caller::Way::kToken || call.caller.may_manage()) co_return Result<void>{};
  bool is_of_site = false;
  for (const auto& site : call.api.hub.sites().sites())
    is_of_site |= site.is_connected() && site.token.value == call.caller.id;
  if (!is_of_site) {
    co_return fail(ErrorCode::kConflict,
                   "This token is not that of a connected site. Use mih import FILE, or a token of "
                   "role manage.");
  }
  if (!configuration) co_return Result<void>{};
  auto tokens = co_await call.read([](store::Reader& reader) { return reader.tokens(); });
  if (!tokens) co_return fail(tokens);
  for (const auto& token : *tokens) {
    if (token.id.value != call.caller.id) continue;
    if (call.now().wall - token.created <= kWindow) co_return Result<void>{};
  }
  co_return refused(
      "A site's token may import services and rules within an hour after the site was connected. "
      "Later "
      "a manager must "
      "ask for it: in Moodle's settings page of the plugin, or with mih import FILE.");
}

/// Whose tables they are.
Result<std::string> site_of(const Call& call, const std::string& named) {
  const auto& own = call.caller.site;
  if (own.empty()) return named.empty() ? std::string{kDefaultSite} : named;
  if (named.empty() || named == own) return own;
  return refused(fmt::format("You may import for the site {} only.", own));
}

void write_rows(json::Writer& out, std::string_view name, const ImportedRows& rows) {
  out.key(name);
  out.begin_object();
  out.member("created", rows.created);
  out.member("unchanged", rows.unchanged);
  out.key("renamed");
  out.begin_array();
  for (const auto& one : rows.renamed) {
    out.begin_object();
    out.member("from", one.from);
    out.member("to", one.to);
    out.end_object();
  }
  out.end_array();
  out.key("disabled");
  out.begin_array();
  for (const auto& one : rows.disabled) {
    out.begin_object();
    out.member("id", one.id ? std::optional(one.id.value) : std::nullopt);
    out.member("name", one.name);
    out.member("error", one.error);
    out.end_object();
  }
  out.end_array();
  out.key("refused");
  out.begin_array();
  for (const auto& one : rows.refused) {
    out.begin_object();
    out.member("name", one.name);
    out.member("error", one.error);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

std::string report_body(const ImportReport& report, bool dry_run) {
  json::Writer out;
  out.begin_object();
  out.member("dry_run", dry_run);
  write_rows(out, "services", report.services);
  write_rows(out, "rules", report.rules);
  write_rows(out, "dead_letters", report.dead_letters);
  write_rows(out, "deliveries", report.deliveries);
  out.key("notices");
  out.begin_array();
  for (const auto& notice : report.notices)
    out.value(notice);
  out.end_array();
  out.end_object();
  return out.take();
}

async::Task<Result<void>> write_audit(Call& call, const std::vector<std::string>& made) {
  for (const auto& one : made) {
    auto entry = audit_entry(call.caller, call.request, {}, call.now().wall);
    entry.action += ": " + one;
    auto written = co_await call.ask<bool>(
        [&](auto answer) { call.api.hub.append_audit(std::move(entry), std::move(answer)); });
    if (!written) co_return fail(written);
  }
  co_return Result<void>{};
}

}  // namespace

HandlerTask import_original(Call& call) {
  Query query(call.request.query);
  ImportRequest request;
  request.dry_run = query.flag("dry_run").value_or(false);
  auto site = site_of(call, query.text("site"));
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  if (!site) co_return fail(site);
  request.site = std::move(*site);
  {
    auto document = parse_body(call.request);
    if (!document) co_return fail(document);
    auto tables = engine::read_original(document->root());
    if (!tables) co_return std::unexpected(std::move(tables.error()));
    request.tables = std::move(*tables);
  }
  auto allowed = co_await check_token(call, has_configuration(request.tables));
  if (!allowed) co_return fail(allowed);
  const bool dry_run = request.dry_run;
  const auto lock = co_await call.api.changes.lock();
  auto report = co_await call.ask<ImportReport>(
      [&](auto answer) { call.api.hub.import_original(std::move(request), std::move(answer)); });
  if (!report) co_return fail(report);
  if (!dry_run) {
    auto audited = co_await write_audit(call, report->made);
    if (!audited) co_return fail(audited);
  }
  co_return Response::json(report_body(*report, dry_run));
}

}  // namespace mih::api
