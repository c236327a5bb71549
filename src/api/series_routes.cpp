#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

#include "api/handlers.hpp"
#include "api/query.hpp"
#include "base/json.hpp"

namespace mih::api {
namespace {

constexpr std::int64_t kDefaultSpan_s = 3600;
constexpr std::int64_t kMinute_s = 60;
constexpr std::int64_t kMaxPoints = 5000;
/// Statistics are kept for 30 days; what is asked for must be within a year of now.
constexpr std::int64_t kMaxDistance_s = 366 * 86'400LL;

using Value = std::optional<std::int64_t>;

Value percentile(const core::Counts& counts, double share) {
  const auto latency = counts.latency.percentile(share);
  return latency ? Value{latency->count()} : std::nullopt;
}

struct Metric {
  std::string_view name;
  Value (*value)(const core::Counts&);
};

constexpr std::array<Metric, 8> kMetrics{{
    {"accepted", [](const core::Counts& c) -> Value { return c.accepted; }},
    {"delivered", [](const core::Counts& c) -> Value { return c.delivered; }},
    {"failed", [](const core::Counts& c) -> Value { return c.failed + c.retried; }},
    {"dead", [](const core::Counts& c) -> Value { return c.dead; }},
    {"latency_p50", [](const core::Counts& c) { return percentile(c, 0.5); }},
    {"latency_p95", [](const core::Counts& c) { return percentile(c, 0.95); }},
    {"latency_p99", [](const core::Counts& c) { return percentile(c, 0.99); }},
    {"backlog", [](const core::Counts& c) { return c.backlog; }},
}};

const Metric* find_metric(std::string_view name) {
  const auto* found = std::ranges::find(kMetrics, name, &Metric::name);
  return found == kMetrics.end() ? nullptr : found;
}

std::string metric_names() {
  std::string names;
  for (const auto& metric : kMetrics)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", metric.name);
  return names;
}

std::int64_t floor_to(std::int64_t time_s, std::int64_t step_s) {
  return time_s / step_s * step_s;
}

/// Times in the query are Unix seconds; what is left out: the last hour, minute by minute.
Result<store::SeriesRange> read_range(Query& query, std::int64_t now_s) {
  store::SeriesRange range;
  range.step_s = query.integer("step").value_or(kMinute_s);
  const bool step_fits =
      range.step_s >= kMinute_s && range.step_s <= 30 * 86'400 && range.step_s % kMinute_s == 0;
  if (!step_fits) query.fault("step", "must be a multiple of 60, at most 2592000 (30 days)");
  const std::int64_t to = query.integer("to").value_or(now_s);
  const std::int64_t from = query.integer("from").value_or(to - kDefaultSpan_s);
  for (const auto& [name, time] : {std::pair{"from", from}, std::pair{"to", to}}) {
    if (time > now_s - kMaxDistance_s && time < now_s + kMaxDistance_s) continue;
    query.fault(name, "must be a Unix time in seconds, within a year of now");
  }
  if (from >= to) query.fault("from", "must be before to");
  if (auto valid = query.check(); !valid) return fail(valid);
  range.from_s = floor_to(from, range.step_s);
  range.steps = (to - range.from_s + range.step_s - 1) / range.step_s;
  if (range.steps > kMaxPoints) {
    const std::int64_t enough = floor_to((to - from) / (kMaxPoints - 1) + kMinute_s, kMinute_s);
    return invalid("step", fmt::format("would make {} points, at most {} are given; with step={} "
                                       "there are fewer",
                                       range.steps, kMaxPoints, enough));
  }
  return range;
}

std::string series_body(const store::SeriesRange& range, const Metric& metric,
                        const std::vector<store::SeriesPoint>& points) {
  json::Writer out;
  out.begin_object();
  out.member("step", range.step_s);
  out.key("points");
  out.begin_array();
  std::int64_t time = range.from_s;
  for (const auto& point : points) {
    out.begin_array();
    out.value(time);
    out.value(point ? metric.value(*point) : std::nullopt);
    out.end_array();
    time += range.step_s;
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace

HandlerTask get_series(Call& call) {
  Query query(call.request.query);
  const auto* metric = find_metric(query.text("metric"));
  if (!metric) query.fault("metric", fmt::format("must be one of: {}", metric_names()));
  auto range = read_range(query, to_unix_s(call.now().wall));
  if (!range) co_return fail(range);
  if (const auto name = query.text("service"); !name.empty()) {
    const auto service = call.api.hub.catalog()->service(name);
    if (!service) {
      co_return fail(ErrorCode::kServiceNotFound, fmt::format("There is no service '{}'.", name));
    }
    range->service = service->id;
  }
  auto points =
      co_await call.read([range = *range](store::Reader& reader) { return reader.series(range); });
  if (!points) co_return fail(points);
  co_return Response::json(series_body(*range, *metric, *points));
}

}  // namespace mih::api
