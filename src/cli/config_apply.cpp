#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <set>

#include "cli/commands.hpp"
#include "cli/config_changes.hpp"
#include "cli/config_items.hpp"
#include "cli/declaration.hpp"
#include "core/fields.hpp"

namespace mih::cli {
namespace {

struct Options {
  std::string file;
  bool dry_run = false;
  bool prune = false;
};

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

/// What the hub says about a thing that is not saved.
struct Trial {
  std::vector<std::string> changed;
  bool lacks_service = false;  ///< all is good but for the rule's service
};

/// Compares a file with a hub, asking the hub about each thing; nothing is changed. The hub knows
/// the secrets and what is valid.
class Planner {
 public:
  Planner(Session& session, const Options& options, const HubItems& hub)
      : session_(session), options_(options), hub_(hub) {}

  /// False when something is wrong; it has been printed.
  bool run(const Declaration& file) {
    if (file.services) {
      for (const auto& item : *file.services)
        declared_.insert(item.name);
      plan("service", "/services", *file.services, hub_.services);
    }
    if (file.rules) {
      check_names(*file.rules);
      plan("rule", "/rules", *file.rules, hub_.rules);
    }
    if (file.settings) plan_settings(*file.settings);
    if (file.rules) plan_deletions("rule", *file.rules, hub_.rules);
    if (file.services) plan_deletions("service", *file.services, hub_.services);
    return good_;
  }

  const Changes& changes() const { return changes_; }

 private:
  void fault(int line, const std::string& text) {
    good_ = false;
    std::cerr << harmless(fmt::format("mih: {}:{}: {}", options_.file, line, text)) << "\n";
  }

  /// A rule of the file must not fit several rules of the hub.
  void check_names(const std::vector<DeclaredItem>& rules) {
    for (const auto& item : rules) {
      std::string ids;
      int count = 0;
      for (const auto& rule : hub_.rules) {
        if (rule.name != item.name) continue;
        ids += (count++ == 0 ? "" : ", ") + rule.id;
      }
      if (count < 2) continue;
      fault(item.line, fmt::format("the hub has {} rules of the name \"{}\" (ids {}); rename or "
                                   "delete all but one: mih rule set ID --name NAME",
                                   count, item.name, ids));
    }
  }

  void plan(std::string_view kind, const std::string& list, const std::vector<DeclaredItem>& items,
            const std::vector<HubItem>& existing) {
    for (const auto& item : items) {
      const auto found = std::ranges::find(existing, item.name, &HubItem::name);
      const bool is_new = found == existing.end();
      Change change{.kind = kind,
                    .action = is_new ? Change::Action::kCreate : Change::Action::kUpdate,
                    .id = is_new ? "" : found->id,
                    .name = item.name,
                    .body = item.body,
                    .fields = {}};
      const auto trial = try_out(item, change, list);
      if (!trial || (!is_new && trial->changed.empty() && !trial->lacks_service)) continue;
      const auto* names = is_new || trial->lacks_service ? nullptr : &trial->changed;
      change.fields = field_changes(is_new ? "" : found->body, item.body, names);
      fill_in_defaults(change);
      changes_.made.push_back(std::move(change));
    }
  }

  /// What a field becomes that the file does not name any more.
  static void fill_in_defaults(Change& change) {
    std::string text;
    json::Writer out;
    out.begin_object();
    if (change.kind == "service") {
      core::write_fields(out, core::service_fields(), core::Service{});
    } else {
      core::write_fields(out, core::rule_fields(), core::Rule{});
    }
    out.end_object();
    text = out.take();
    json::Document fresh;
    json::Document given;
    if (!fresh.parse(text) || !given.parse(change.body)) return;
    for (auto& field : change.fields) {
      if (given.root().find(field.name)) continue;
      if (const auto value = fresh.root().find(field.name)) field.after = value->raw();
    }
  }

  std::optional<Trial> try_out(const DeclaredItem& item, const Change& change,
                               const std::string& list) {
    const bool is_new = change.action == Change::Action::kCreate;
    const auto path = is_new ? list : list + "/" + encoded(change.id);
    const auto answer = session_.exchange(is_new ? "POST" : "PUT", path + "?dry_run=true",
                                          item.body, "application/json");
    if (!answer) {
      good_ = false;
      return std::nullopt;
    }
    json::Document document;
    if (!document.parse(answer->body) || !document.root().is_object()) {
      fault(item.line, fmt::format("the hub answered {} and no JSON", answer->status));
      return std::nullopt;
    }
    if (!answer->is_success()) return after_refusal(item, change.kind, document.root());
    Trial trial;
    if (const auto changed = document.root().find("changed"); changed && changed->is_array()) {
      changed->each_element(
          [&](const json::Value& name) { trial.changed.push_back(name.as_string()); });
    }
    return trial;
  }

  static std::string text_of(const json::Value& item, std::string_view name) {
    const auto found = item.find(name);
    return found && found->is_string() ? found->as_string() : std::string{};
  }

  /// Prints the hub's faults at their lines. A service that this file makes is none.
  std::optional<Trial> after_refusal(const DeclaredItem& item, std::string_view kind,
                                     const json::Value& problem) {
    const auto errors = problem.find("errors");
    if (!errors || !errors->is_array() || errors->empty()) {
      fault(item.line, fmt::format("{} {}: {}", kind, item.name, text_of(problem, "detail")));
      return std::nullopt;
    }
    const bool only_service = kind == "rule" && errors->size() == 1 &&
                              text_of(*errors->at(0), "field") == "service" &&
                              declared_.contains(service_of(item));
    if (only_service) return Trial{.changed = {}, .lacks_service = true};
    errors->each_element([&](const json::Value& error) {
      const auto field = text_of(error, "field");
      const auto line = error.find("line");
      const auto column = error.find("column");
      const bool has_place = line && line->as_int().value_or(0) > 0 && column;
      fault(item.line_of(field),
            fmt::format("{} {}: {}: {}{}", kind, item.name, field, text_of(error, "message"),
                        has_place ? fmt::format(" (line {}, column {} of the text)", line->raw(),
                                                column->raw())
                                  : ""));
    });
    return std::nullopt;
  }

  static std::string service_of(const DeclaredItem& rule) {
    json::Document document;
    return document.parse(rule.body) ? text_of(document.root(), "service") : "";
  }

  void plan_settings(const DeclaredItem& item) {
    json::Document wanted;
    json::Document present;
    if (!wanted.parse(item.body) || !present.parse(hub_.settings)) return;
    core::Settings settings;
    const auto read =
        core::read_fields(wanted.root(), core::settings_fields(), core::Write::kPatch, settings);
    if (!read) {
      for (const auto& error : read.error().fields)
        fault(item.line_of(error.field),
              fmt::format("settings: {}: {}", error.field, error.message));
      return;
    }
    Change change{.kind = "settings",
                  .action = Change::Action::kUpdate,
                  .id = {},
                  .name = {},
                  .body = item.body,
                  .fields = field_changes(hub_.settings, item.body, nullptr)};
    if (!change.fields.empty()) changes_.made.push_back(std::move(change));
  }

  void plan_deletions(std::string_view kind, const std::vector<DeclaredItem>& items,
                      const std::vector<HubItem>& existing) {
    for (const auto& item : existing) {
      if (std::ranges::find(items, item.name, &DeclaredItem::name) != items.end()) continue;
      Change change{.kind = kind,
                    .action = Change::Action::kDelete,
                    .id = item.id,
                    .name = item.name,
                    .body = {},
                    .fields = {}};
      (options_.prune ? changes_.made : changes_.left_out).push_back(std::move(change));
    }
  }

  Session& session_;
  const Options& options_;
  const HubItems& hub_;
  std::set<std::string> declared_;  ///< services of the file
  Changes changes_;
  bool good_ = true;
};

std::string_view method_of(const Change& change) {
  if (change.kind == "settings") return "PATCH";
  switch (change.action) {
    case Change::Action::kCreate:
      return "POST";
    case Change::Action::kUpdate:
      return "PUT";
    case Change::Action::kDelete:
      return "DELETE";
  }
  return "";
}

/// Carries the changes out, one after the other.
int carry_out(Session& session, const Changes& changes) {
  std::size_t done = 0;
  for (const auto& change : changes.made) {
    if (!session.call(method_of(change), change.path(), change.body)) {
      std::cerr << fmt::format(
          "mih: {} of {} changes were made, then {} {} was refused; mend that "
          "and apply the file again\n",
          done, changes.made.size(), change.kind, harmless(change.name));
      return kFailed;
    }
    ++done;
  }
  return kOk;
}

void print_faults(const Error& error, const std::string& file) {
  for (const auto& fault : error.fields) {
    std::cerr << harmless(fmt::format("mih: {}:{}: {}", file, fault.line, fault.message)) << "\n";
  }
  if (error.fields.empty())
    std::cerr << harmless(fmt::format("mih: {}: {}", file, error.detail)) << "\n";
}

int apply(Session& session, const Options& options) {
  const auto text = read_file(options.file);
  if (!text) return print_error(text.error()), kUsage;
  const auto folder = std::filesystem::path{options.file}.parent_path();
  const References references{.variable = variable, .file = [folder](const std::string& path) {
                                return read_file((folder / path).string());
                              }};
  const auto file = read_declaration(*text, references);
  if (!file) return print_faults(file.error(), options.file), kUsage;
  const auto hub = read_hub_items(session);
  if (!hub) return kFailed;
  Planner planner{session, options, *hub};
  if (!planner.run(*file)) {
    std::cerr << "Nothing was changed.\n";
    return kFailed;
  }
  const auto& changes = planner.changes();
  if (!session.json()) {
    std::cout << diff_text(changes);
    if (changes.made.empty()) std::cout << "no changes\n";
    std::cout << std::flush;
  }
  int code = kOk;
  if (!options.dry_run) code = carry_out(session, changes);
  if (session.json()) {
    std::cout << changes_json(changes, code == kOk && !options.dry_run) << std::endl;
  } else if (options.dry_run && !changes.made.empty()) {
    std::cout << "Nothing was changed (--dry-run)." << std::endl;
  } else if (code == kOk && !changes.made.empty()) {
    std::cout << fmt::format("{} changes were made.", changes.made.size()) << std::endl;
  }
  return code;
}

}  // namespace

void add_config_apply(CLI::App& group, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = session.hub_command(
      group, "apply", "Bring a hub to what a file says; shows the differences first",
      [&session, options] { return apply(session, *options); });
  command->add_option("file", options->file, "A file as mih config export writes it; - is stdin")
      ->required()
      ->check(not_empty());
  command->add_flag("--dry-run", options->dry_run, "Only show the differences");
  command->add_flag("--prune", options->prune,
                    "Delete services and rules that the file does not have");
}

}  // namespace mih::cli
