#include "bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/json.hpp"
#include "bench/demo_view.hpp"

namespace mih::bench {
namespace {

constexpr double kGibibyte = 1024.0 * 1024 * 1024;

std::string number_text(double value, int decimals) {
  if (decimals == 0) return with_commas(std::llround(value));
  return fmt::format("{:.{}f}", value, decimals);
}

void write_pairs(json::Writer& out, std::string_view name,
                 const std::vector<std::pair<std::string, std::string>>& pairs) {
  out.key(name);
  out.begin_object();
  for (const auto& [key, value] : pairs)
    out.member(key, value);
  out.end_object();
}

void write_machine(json::Writer& out, const Machine& machine) {
  out.key("machine");
  out.begin_object();
  out.member("processor", machine.processor);
  out.member("cores", static_cast<std::int64_t>(machine.cores));
  out.member("memory_bytes", machine.memory_bytes);
  out.member("kernel", machine.kernel);
  out.member("system", machine.system);
  out.member("filesystem", machine.filesystem);
  out.member("fdatasync_us", machine.fdatasync_us);
  out.end_object();
}

void write_figure(json::Writer& out, const Figure& figure) {
  out.begin_object();
  out.member("name", figure.name);
  out.member("unit", figure.unit);
  if (!figure.goal.empty()) out.member("goal", figure.goal);
  out.member("median", figure.median());
  out.key("runs");
  out.begin_array();
  for (const double value : figure.values)
    out.value(value);
  out.end_array();
  out.end_object();
}

std::string pairs_text(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, value);
  }
  return text.empty() ? "none" : text;
}

std::string figure_row(const Figure& figure) {
  const auto [least, most] = std::ranges::minmax(figure.values);
  return fmt::format("| {} | {} | {} to {} | {} | {} |\n", figure.name,
                     number_text(figure.median(), figure.decimals),
                     number_text(least, figure.decimals), number_text(most, figure.decimals),
                     figure.unit, figure.goal);
}

}  // namespace

double Figure::median() const {
  if (values.empty()) return 0;
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

void Report::add(std::string_view name, std::string_view unit, int decimals, double value,
                 std::string_view goal) {
  auto found = std::ranges::find(figures_, name, &Figure::name);
  if (found == figures_.end()) {
    figures_.push_back({std::string{name}, std::string{unit}, decimals, std::string{goal}, {}});
    found = figures_.end() - 1;
  }
  found->values.push_back(value);
}

std::string date_text(WallTime date) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(to_unix_s(date)));
}

std::string to_json(const Report& report) {
  json::Writer out;
  out.begin_object();
  out.member("benchmark", report.benchmark);
  out.member("date", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(to_unix_s(report.date))));
  out.member("version", report.version);
  out.member("commit", report.commit);
  write_machine(out, report.machine);
  write_pairs(out, "load", report.load);
  write_pairs(out, "settings_not_default", report.differences);
  out.key("figures");
  out.begin_array();
  for (const Figure& figure : report.figures())
    write_figure(out, figure);
  out.end_array();
  out.key("notes");
  out.begin_array();
  for (const std::string& note : report.notes)
    out.value(note);
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

std::string to_markdown(const Report& report) {
  const Machine& machine = report.machine;
  std::string text =
      fmt::format("# mih bench {}, {}\n\n", report.benchmark, date_text(report.date));
  text += fmt::format("- Version {}, commit {}\n", report.version, report.commit);
  text += fmt::format("- Machine: {} x {}, {:.0f} GiB, {}, {}\n", machine.cores, machine.processor,
                      static_cast<double>(machine.memory_bytes) / kGibibyte, machine.kernel,
                      machine.system);
  text += fmt::format("- Data directory on {}; appending 4 KiB and fdatasync takes {:.0f} us\n",
                      machine.filesystem, machine.fdatasync_us);
  text += fmt::format("- Load: {}\n", pairs_text(report.load));
  text += fmt::format("- Settings that differ from the defaults: {}\n\n",
                      pairs_text(report.differences));
  text += "| figure | median | least to most | unit | goal |\n|---|---|---|---|---|\n";
  for (const Figure& figure : report.figures())
    text += figure_row(figure);
  if (!report.notes.empty()) text += "\n";
  for (const std::string& note : report.notes)
    text += fmt::format("- {}\n", note);
  return text;
}

}  // namespace mih::bench
