#include "api/metrics.hpp"

#include <fmt/format.h>
#include <iterator>

namespace mih::api {
namespace {

/// A label value with backslash, quote and line feed escaped.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

int number_of(core::CircuitState state) {
  switch (state) {
    case core::CircuitState::kClosed:
      return 0;
    case core::CircuitState::kHalfopen:
      return 1;
    case core::CircuitState::kOpen:
      return 2;
  }
  return 0;
}

class Page {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    add("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Number>
  void sample(std::string_view name, Number number) {
    add("{} {}\n", name, number);
  }
  template <class Number>
  void sample(std::string_view name, std::string_view service, Number number) {
    add("{}{{service=\"{}\"}} {}\n", name, label(service), number);
  }
  void histogram(std::string_view name, std::string_view help, const Histogram& histogram) {
    if (histogram.counts.size() != histogram.bounds_s.size() + 1) return;
    begin(name, "histogram", help);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < histogram.bounds_s.size(); ++i) {
      sum += histogram.counts[i];
      add("{}_bucket{{le=\"{}\"}} {}\n", name, histogram.bounds_s[i], sum);
    }
    sum += histogram.counts.back();
    add("{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {}\n{}_count {}\n", name, sum, name, histogram.sum_s,
        name, sum);
  }
  template <class... Parts>
  void add(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Parts>(parts)...);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

template <class Map>
typename Map::mapped_type value_of(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type{} : found->second;
}

void write_totals(Page& page, const core::Totals& totals) {
  const auto counter = [&](std::string_view name, std::string_view help, std::int64_t number) {
    page.begin(name, "counter", help);
    page.sample(name, number);
  };
  counter("mih_events_accepted_total", "Events accepted.", totals.events_accepted);
  counter("mih_events_duplicate_total", "Events that repeated a known id.", totals.duplicates);
  counter("mih_events_unmatched_total", "Events that no rule matched.", totals.unmatched);
  counter("mih_deliveries_created_total", "Deliveries made from events.", totals.created);
  counter("mih_deliveries_delivered_total", "Deliveries that arrived.", totals.delivered);
  counter("mih_deliveries_dead_total", "Deliveries that were given up.", totals.dead);
}

void write_services(Page& page, const MetricsSource& source, const engine::Catalog& catalog) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
    page.begin(name, "gauge", help);
    for (const auto& service : catalog.services()) {
      page.sample(name, service->name, value(service->id));
    }
  };
  gauge("mih_backlog", "Deliveries that are not finished.",
        [&](core::ServiceId id) { return value_of(source.statistics, id).backlog; });
  gauge("mih_oldest_pending_seconds", "Age of the oldest delivery that is not finished.",
        [&](core::ServiceId id) { return value_of(source.lanes, id).oldest_pending_s; });
  gauge("mih_circuit_state", "0 closed, 1 halfopen, 2 open.",
        [&](core::ServiceId id) { return number_of(value_of(source.lanes, id).circuit); });
  gauge("mih_inbound_waiting", "Messages of the service that Moodle has not taken yet.",
        [&](core::ServiceId id) { return value_of(source.inbound, id).waiting; });
}

/// Also those of services that are gone.
void write_dead_letters(Page& page, const MetricsSource& source, const engine::Catalog& catalog) {
  auto figures = source.dead_letters;
  for (const auto& service : catalog.services())
    figures.try_emplace(service->name);
  const auto gauge = [&](std::string_view name, std::string_view help, auto member) {
    page.begin(name, "gauge", help);
    for (const auto& [service, kept] : figures)
      page.sample(name, service, kept.*member);
  };
  gauge("mih_dead_letters", "Dead letters kept.", &store::DeadLetterFigures::letters);
  gauge("mih_dead_letter_bytes", "Size of the dead letters kept.",
        &store::DeadLetterFigures::bytes);
}

void write_alerts(Page& page, const std::vector<core::Alert>& alerts) {
  constexpr std::string_view kName = "mih_alert";
  page.begin(kName, "gauge",
             "1 while an alert is raised; service and site are empty for the hub itself.");
  for (const auto& alert : alerts) {
    page.add("{}{{kind=\"{}\",service=\"{}\",site=\"{}\"}} 1\n", kName, core::name_of(alert.kind),
             label(alert.service_name), label(alert.site_name));
  }
}

void write_outcomes(Page& page, const MetricsSource& source, const engine::Catalog& catalog) {
  constexpr std::string_view kName = "mih_deliveries_total";
  page.begin(kName, "counter", "Results of attempts since the start, by outcome.");
  for (const auto& service : catalog.services()) {
    const auto lane = value_of(source.lanes, service->id);
    const auto name = label(service->name);
    const auto line = [&](std::string_view outcome, std::int64_t number) {
      page.add("{}{{service=\"{}\",outcome=\"{}\"}} {}\n", kName, name, outcome, number);
    };
    line("delivered", lane.delivered);
    line("retried", lane.retried);
    line("dead", lane.dead);
  }
}

}  // namespace

std::string metrics_text(const MetricsSource& source, const engine::Catalog& catalog) {
  Page page;
  write_totals(page, source.totals);
  write_outcomes(page, source, catalog);
  write_services(page, source, catalog);
  write_dead_letters(page, source, catalog);
  write_alerts(page, source.alerts);
  page.histogram("mih_delivery_seconds", "Duration of delivery attempts.",
                 source.measurements.delivery);
  page.histogram("mih_store_commit_seconds", "Duration of synced commits.",
                 source.measurements.store_commit);
  return page.take();
}

}  // namespace mih::api
