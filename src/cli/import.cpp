#include <fmt/format.h>
#include <iostream>

#include "base/json.hpp"
#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kKinds[] = {
    {"WHAT", "what"}, {"CREATED", "created"}, {"UNCHANGED", "unchanged"}, {"REFUSED", "refused"}};

struct Options {
  std::string file;
  std::string site;
  bool dry_run = false;
};

std::string text_of(const json::Value& item, std::string_view name) {
  const auto found = item.find(name);
  if (!found || found->is_null()) return {};
  return found->is_string() ? found->as_string() : std::string{found->raw()};
}

/// The report's numbers as the items of a table.
std::string counts_of(const json::Value& report) {
  json::Writer out;
  out.begin_array();
  report.each_member([&](const json::Value& name, const json::Value& rows) {
    if (!rows.is_object()) return;
    out.begin_object();
    out.member("what", name.as_string());
    out.member("created", text_of(rows, "created"));
    out.member("unchanged", text_of(rows, "unchanged"));
    const auto refused = rows.find("refused");
    out.member("refused", std::to_string(refused ? refused->size() : 0));
    out.end_object();
  });
  out.end_array();
  return out.take();
}

template <class Line>
void each_of(const json::Value& report, std::string_view list, Line line) {
  report.each_member([&](const json::Value&, const json::Value& rows) {
    if (!rows.is_object()) return;
    if (const auto items = rows.find(list)) {
      items->each_element(
          [&](const json::Value& item) { std::cout << harmless(line(item)) << "\n"; });
    }
  });
}

/// False: something was refused.
bool print_report(const json::Value& report, bool dry_run) {
  json::Document counts;
  const auto text = counts_of(report);
  if (counts.parse(text)) std::cout << table(counts.root(), kKinds);
  each_of(report, "renamed", [](const json::Value& item) {
    return fmt::format("renamed: {} is {} now; calls by the old name still work",
                       text_of(item, "from"), text_of(item, "to"));
  });
  each_of(report, "disabled", [](const json::Value& item) {
    return fmt::format("disabled: {}: {}", text_of(item, "name"), text_of(item, "error"));
  });
  bool complete = true;
  each_of(report, "refused", [&](const json::Value& item) {
    complete = false;
    return fmt::format("refused: {}: {}", text_of(item, "name"), text_of(item, "error"));
  });
  if (const auto notices = report.find("notices")) {
    notices->each_element([](const json::Value& notice) {
      std::cout << "notice: " << harmless(notice.as_string()) << "\n";
    });
  }
  if (dry_run) std::cout << "Nothing was changed (--dry-run).\n";
  std::cout << std::flush;
  return complete;
}

int import_file(Session& session, const Options& options) {
  const auto text = read_file(options.file);
  if (!text) return print_error(text.error()), kUsage;
  QueryText query;
  query.add("site", options.site).add("dry_run", options.dry_run ? "true" : "");
  const auto answer = session.call("POST", "/connector/import" + query.text(), *text);
  if (!answer) return kFailed;
  json::Document report;
  if (!report.parse(answer->body)) return session.print(*answer);
  if (session.json()) return session.print(*answer);
  return print_report(report.root(), options.dry_run) ? kOk : kFailed;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = session.hub_command(
      app, "import", "Take over what the original plugin had, from its tables as JSON",
      [&session, options] { return import_file(session, *options); });
  command->add_option("file", options->file, "The tables (docs/formats/import.md); - is stdin")
      ->required()
      ->check(not_empty());
  command->add_option("--site", options->site, "The site that they are of (default: \"default\")")
      ->check(not_empty());
  command->add_flag("--dry-run", options->dry_run, "Only report what would be done");
}

}  // namespace mih::cli
