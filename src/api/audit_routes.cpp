#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"

/// /audit: who changed what, from where.
namespace mih::api {
namespace {

void write_entry(json::Writer& out, const core::AuditEntry& entry) {
  out.begin_object();
  out.member("id", entry.id);
  out.member("timecreated", to_unix_s(entry.time));
  out.member("who", entry.who);
  out.member("address", entry.address);
  out.member("action", entry.action);
  out.key("what");
  if (entry.what.empty()) {
    out.null();
  } else {
    out.raw(entry.what);
  }
  out.end_object();
}

}  // namespace

HandlerTask list_audit(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto entries =
      co_await call.read([page](store::Reader& reader) { return reader.audit(one_more(page)); });
  if (!entries) co_return fail(entries);
  co_return Response::json(page_body(
      *entries, page, [](const core::AuditEntry& entry) { return entry.id; }, write_entry));
}

}  // namespace mih::api
