#include <fmt/format.h>

#include "api/delivery_state.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"

namespace mih::api {
namespace {

store::DeliveryFilter read_filter(Query& query) {
  store::DeliveryFilter filter;
  filter.service = query.text("service");
  filter.rule = core::RuleId{query.integer("rule_id").value_or(0)};
  const auto state = query.text("state");
  if (state.empty()) return filter;
  filter.state = core::delivery_state_from(state);
  if (!filter.state) {
    query.fault("state", "must be one of: pending, sending, retrying, parked, delivered, dead");
  }
  return filter;
}

async::Task<Result<store::DeliveryRow>> find_delivery(Call& call) {
  co_return co_await call.read(
      [id = call.parameter(0)](store::Reader& reader) -> Result<store::DeliveryRow> {
        auto row = reader.delivery(id);
        if (!row) return fail(row);
        if (*row) return std::move(**row);
        return fail(ErrorCode::kNotFound, fmt::format("There is no delivery {}.", id));
      });
}

HandlerTask show_delivery(Call& call, store::DeliveryRow row) {
  const auto lanes = co_await call.ask<Lanes>(
      [&hub = call.api.hub](auto answer) { hub.lane_status(std::move(answer)); });
  if (!lanes) co_return std::unexpected(lanes.error());
  const auto catalog = call.api.hub.catalog();
  show_state(row, {*catalog, *lanes});
  json::Writer out;
  write_delivery(out, row, *catalog, Detail::kFull, privacy_for(call.caller));
  co_return Response::json(out.take());
}

}  // namespace

HandlerTask list_deliveries(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  const auto filter = read_filter(query);
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  const auto lanes = co_await call.ask<Lanes>(
      [&hub = call.api.hub](auto answer) { hub.lane_status(std::move(answer)); });
  if (!lanes) co_return std::unexpected(lanes.error());
  const auto catalog = call.api.hub.catalog();
  auto rows = co_await call.read([filter, page, catalog, lanes = *lanes](store::Reader& reader) {
    return find_deliveries(reader, filter, one_more(page), {*catalog, lanes});
  });
  if (!rows) co_return fail(rows);
  const auto privacy = privacy_for(call.caller);
  co_return Response::json(page_body(
      *rows, page, [](const store::DeliveryRow& row) { return row.row; },
      [&](json::Writer& out, const store::DeliveryRow& row) {
        write_delivery(out, row, *catalog, Detail::kRow, privacy);
      }));
}

HandlerTask get_delivery(Call& call) {
  auto row = co_await find_delivery(call);
  if (!row) co_return fail(row);
  co_return co_await show_delivery(call, std::move(*row));
}

HandlerTask retry_delivery(Call& call) {
  auto done = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.retry_now(call.parameter(0), std::move(answer)); });
  if (!done) co_return fail(done);
  co_return co_await get_delivery(call);
}

HandlerTask cancel_delivery(Call& call) {
  auto before = co_await find_delivery(call);
  if (!before) co_return fail(before);
  auto done = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.cancel(call.parameter(0), std::move(answer)); });
  if (!done) co_return fail(done);
  auto after = co_await find_delivery(call);
  if (after) co_return co_await show_delivery(call, std::move(*after));
  if (after.error().code != ErrorCode::kNotFound) co_return fail(after);
  // An event past its retention goes together with its last delivery.
  before->progress.state = core::DeliveryState::kDead;
  co_return co_await show_delivery(call, std::move(*before));
}

}  // namespace mih::api
