#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"

namespace mih::api {
namespace {

store::LogFilter read_filter(Query& query) {
  store::LogFilter filter;
  filter.service = query.text("service");
  filter.success = query.flag("success");
  filter.direction = query.text("direction");
  filter.from_s = query.integer("from");
  filter.to_s = query.integer("to");
  filter.text = query.text("text");
  if (!filter.direction.empty() && filter.direction != "outbound" &&
      filter.direction != "inbound") {
    query.fault("direction", "must be outbound or inbound");
  }
  return filter;
}

}  // namespace

HandlerTask list_log(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  const auto filter = read_filter(query);
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto rows = co_await call.read(
      [filter, page](store::Reader& reader) { return reader.log(filter, one_more(page)); });
  if (!rows) co_return fail(rows);
  const auto catalog = call.api.hub.catalog();
  co_return Response::json(page_body(
      *rows, page, [](const store::LogRow& row) { return row.id; },
      [&](json::Writer& out, const store::LogRow& row) { write_log_row(out, row, *catalog); }));
}

HandlerTask clear_log(Call& call) {
  auto cleared =
      co_await call.ask<bool>([&](auto answer) { call.api.hub.clear_log(std::move(answer)); });
  if (!cleared) co_return fail(cleared);
  co_return Response::empty();
}

}  // namespace mih::api
