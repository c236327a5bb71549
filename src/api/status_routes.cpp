#include <algorithm>
#include <fmt/format.h>

#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/metrics.hpp"
#include "api/openapi.hpp"
#include "api/streams.hpp"
#include "base/json.hpp"

namespace mih::api {
namespace {

struct Figures {
  core::Totals totals;
  std::int64_t dead_letters = 0;
  std::int64_t backlog = 0;
  std::optional<WallTime> oldest;
  std::int64_t inbound_waiting = 0;
};

Result<Figures> read_figures(store::Reader& reader, WallTime now) {
  auto totals = reader.totals();
  if (!totals) return fail(totals);
  auto dead_letters = reader.dead_letter_count();
  if (!dead_letters) return fail(dead_letters);
  auto oldest = reader.oldest_open();
  if (!oldest) return fail(oldest);
  auto statistics = reader.statistics(now);
  if (!statistics) return fail(statistics);
  Figures out{.totals = *totals, .dead_letters = *dead_letters, .oldest = *oldest};
  for (const auto& [service, counted] : *statistics)
    out.backlog += counted.backlog;
  auto inbound = reader.inbound_figures();
  if (!inbound) return fail(inbound);
  for (const auto& [service, own] : *inbound)
    out.inbound_waiting += own.waiting;
  return out;
}

async::Task<Result<Lanes>> read_lanes(Call& call) {
  return call.ask<Lanes>(
      [&hub = call.api.hub](auto answer) { hub.lane_status(std::move(answer)); });
}

std::string summary_body(const Figures& figures, const Lanes& lanes,
                         const std::vector<core::Alert>& alerts, WallTime now) {
  const auto& totals = figures.totals;
  const auto open = std::ranges::count_if(
      lanes, [](const auto& lane) { return lane.second.circuit != core::CircuitState::kClosed; });
  json::Writer out;
  out.begin_object();
  out.member("events_accepted", totals.events_accepted);
  out.member("duplicates", totals.duplicates);
  out.member("deduplicated", totals.deduplicated);
  out.member("unmatched", totals.unmatched);
  out.key("deliveries");
  out.begin_object();
  out.member("created", totals.created);
  out.member("delivered", totals.delivered);
  out.member("dead", totals.dead);
  out.member("open", totals.open());
  out.end_object();
  out.member("dead_letters", figures.dead_letters);
  out.member("backlog", figures.backlog);
  out.key("oldest_pending_s");
  if (figures.oldest) {
    out.value(std::max<std::int64_t>(0, to_unix_s(now) - to_unix_s(*figures.oldest)));
  } else {
    out.null();
  }
  out.member("circuits_open", std::int64_t{open});
  out.member("inbound_waiting", figures.inbound_waiting);
  out.key("alerts");
  out.begin_array();
  for (const auto& alert : alerts)
    write_alert(out, alert);
  out.end_array();
  out.end_object();
  return out.take();
}

Result<MetricsSource> read_metrics(store::Reader& reader, WallTime now) {
  auto totals = reader.totals();
  if (!totals) return fail(totals);
  auto statistics = reader.statistics(now);
  if (!statistics) return fail(statistics);
  auto dead_letters = reader.dead_letter_figures();
  if (!dead_letters) return fail(dead_letters);
  auto inbound = reader.inbound_figures();
  if (!inbound) return fail(inbound);
  return MetricsSource{.totals = *totals,
                       .statistics = std::move(*statistics),
                       .dead_letters = std::move(*dead_letters),
                       .inbound = std::move(*inbound),
                       .alerts = {},
                       .lanes = {},
                       .measurements = {}};
}

}  // namespace

async::Task<Result<std::string>> summary_text(Call& call) {
  const auto now = call.now().wall;
  auto figures =
      co_await call.read([now](store::Reader& reader) { return read_figures(reader, now); });
  if (!figures) co_return fail(figures);
  auto lanes = co_await read_lanes(call);
  if (!lanes) co_return fail(lanes);
  co_return summary_body(*figures, *lanes, call.api.hub.alerts(), now);
}

HandlerTask get_summary(Call& call) {
  auto text = co_await summary_text(call);
  if (!text) co_return fail(text);
  co_return Response::json(std::move(*text));
}

HandlerTask get_stream(Call& call) {
  if (call.api.streams.full()) {
    co_return fail(ErrorCode::kBusy, fmt::format("{} streams are open, which is as many as there "
                                                 "can be; ask for the lists instead.",
                                                 Streams::kMost));
  }
  Response response;
  response.content_type = "text/event-stream";
  response.stream = true;
  // Proxies that gather an answer before they pass it on would hold it for ever.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  co_return response;
}

HandlerTask get_health(Call&) {
  co_return Response::json(R"({"status":"ok"})");
}

HandlerTask get_readiness(Call& call) {
  const auto reasons = call.api.hub.not_ready();
  if (reasons.empty()) co_return Response::json(R"({"status":"ready"})");
  json::Writer out;
  out.begin_object();
  out.key("reasons");
  out.begin_array();
  for (const auto& reason : reasons)
    out.value(reason);
  out.end_array();
  out.end_object();
  co_return Response::json(out.take(), 503);
}

HandlerTask get_metrics(Call& call) {
  const auto catalog = call.api.hub.catalog();
  auto source = co_await call.read(
      [now = call.now().wall](store::Reader& reader) { return read_metrics(reader, now); });
  if (!source) co_return fail(source);
  auto lanes = co_await read_lanes(call);
  if (!lanes) co_return fail(lanes);
  source->lanes = std::move(*lanes);
  source->alerts = call.api.hub.alerts();
  source->measurements = call.api.hub.measurements();
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(*source, *catalog);
  co_return response;
}

HandlerTask get_openapi(Call&) {
  co_return Response::json(std::string(openapi_document()));
}

}  // namespace mih::api
