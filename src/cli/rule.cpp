#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/field_flags.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {
    {"ID", "id"},           {"NAME", "name"},          {"EVENT", "eventname"},
    {"SERVICE", "service"}, {"METHOD", "http_method"}, {"ENDPOINT", "endpoint"},
    {"ENABLED", "enabled"}};

const FieldFlags::Aliases kAliases{
    {"eventname", "event"}, {"payload_template", "template"}, {"headers", "header"}};

struct Options {
  std::string id;
  std::string service;
  PageOptions page;
  std::unique_ptr<FieldFlags> flags;
  std::string path() const { return "/rules/" + encoded(id); }
};

void add_id(CLI::App& command, Options& options) {
  command.add_option("id", options.id, "Id of the rule")->required()->check(not_empty());
}

int create(Session& session, const Options& options) {
  const auto body = options.flags->body();
  if (!body) return print_error(body.error()), kUsage;
  const auto answer = session.call("POST", "/rules", *body);
  if (!answer) return kFailed;
  json::Document rule;
  const bool is_read = rule.parse(answer->body) && rule.root().is_object();
  const auto id = is_read ? rule.root().find("id") : std::nullopt;
  if (session.json() || !id) return session.print(*answer);
  std::cout << "Rule " << harmless(id->raw()) << " was added." << std::endl;
  if (const auto warnings = rule.root().find("warnings"); warnings && warnings->is_array()) {
    warnings->each_element([](const json::Value& warning) {
      if (warning.is_string()) std::cerr << "mih: " << harmless(warning.as_string()) << std::endl;
    });
  }
  return kOk;
}

int update(Session& session, const Options& options) {
  if (options.flags->empty()) {
    std::cerr << "mih: name at least one field to change; see mih rule set --help\n";
    return kUsage;
  }
  const auto body = options.flags->body();
  if (!body) return print_error(body.error()), kUsage;
  return session.change("PATCH", options.path(), *body,
                        fmt::format("Rule {} was changed.", options.id));
}

/// `mih rule preview` and `dry-run`.
struct TrialOptions {
  std::string id;
  std::string file;
  std::string event;
  std::string event_id;
  std::string limit;

  void add_to(CLI::App& command) {
    auto* saved = command.add_option("id", id, "Id of a saved rule")->check(not_empty());
    auto* own = command.add_option("--file", file, "A rule that is not saved, as JSON; - is stdin");
    own->excludes(saved);
  }

  /// The members of the body that name the rule.
  Result<json::Writer> body() const {
    json::Writer out;
    out.begin_object();
    if (!id.empty()) {
      out.key("rule_id");
      json::Document number;
      number.parse(id) && number.root().is_number() ? out.raw(id) : out.value(id);
      return out;
    }
    if (file.empty()) return fail(ErrorCode::kConfigInvalid, "name a rule's id, or --file FILE");
    auto rule = json_file(file);
    if (!rule) return fail(rule);
    out.key("rule");
    out.raw(*rule);
    return out;
  }

  static Result<std::string> json_file(const std::string& path) {
    auto text = read_file(path);
    if (!text) return fail(text);
    json::Document document;
    if (document.parse(*text)) return text;
    return fail(ErrorCode::kConfigInvalid, fmt::format("{} is not JSON", path));
  }
};

int preview(Session& session, const TrialOptions& options) {
  auto body = options.body();
  if (!body) return print_error(body.error()), kUsage;
  if (!options.event.empty()) {
    auto event = TrialOptions::json_file(options.event);
    if (!event) return print_error(event.error()), kUsage;
    body->key("event");
    body->raw(*event);
  } else if (!options.event_id.empty()) {
    body->member("event_id", options.event_id);
  } else {
    body->member("sample", true);
  }
  body->end_object();
  const auto answer = session.call("POST", "/rules/preview", body->take());
  return answer ? session.print(*answer) : kFailed;
}

int dry_run(Session& session, const TrialOptions& options) {
  auto body = options.body();
  if (!body) return print_error(body.error()), kUsage;
  json::Document number;
  if (number.parse(options.limit) && number.root().is_number()) {
    body->key("limit");
    body->raw(options.limit);
  } else if (!options.limit.empty()) {
    body->member("limit", options.limit);
  }
  body->end_object();
  const auto answer = session.call("POST", "/rules/dry-run", body->take());
  return answer ? session.print(*answer) : kFailed;
}

}  // namespace

void add_rule(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "rule", "Which events go to which service");
  auto o = std::make_shared<Options>();
  const auto command = [&](const std::string& name, const std::string& help, auto action) {
    return session.hub_command(group, name, help,
                               [&session, o, action] { return action(session, *o); });
  };
  const auto patch = [](std::string_view body, std::string_view done) {
    return [=](Session& s, const Options& options) {
      return s.change("PATCH", options.path(), body,
                      fmt::format("Rule {} is {}.", options.id, done));
    };
  };

  auto add_flags = std::make_shared<Options>();
  CLI::App* add = session.hub_command(
      group, "add", "Add a rule", [&session, add_flags] { return create(session, *add_flags); });
  add_flags->flags = std::make_unique<FieldFlags>(*add, core::rule_fields(), kAliases);
  add_flags->flags->require("eventname");
  add_flags->flags->require("service");

  CLI::App* list = command("list", "All rules", [](Session& s, const Options& options) {
    QueryText query;
    query.add("service", options.service);
    options.page.add_to(query);
    return s.list("/rules" + query.text(), kColumns);
  });
  list->add_option("--service", o->service, "Only rules of this service");
  o->page.add_to(*list);
  add_id(*command("show", "One rule with all its fields",
                  [](Session& s, const Options& options) { return s.show(options.path()); }),
         *o);
  CLI::App* set = command("set", "Change fields of a rule", update);
  set->alias("update");
  add_id(*set, *o);
  o->flags = std::make_unique<FieldFlags>(*set, core::rule_fields(), kAliases);
  add_id(*command("delete", "Delete a rule; its queued deliveries become dead letters",
                  [](Session& s, const Options& options) {
                    return s.change("DELETE", options.path(), "",
                                    fmt::format("Rule {} was deleted.", options.id));
                  }),
         *o);
  auto trial = std::make_shared<TrialOptions>();
  CLI::App* shown =
      session.hub_command(group, "preview", "What a rule makes of an event; nothing is sent",
                          [&session, trial] { return preview(session, *trial); });
  trial->add_to(*shown);
  shown->add_option("--event", trial->event, "A file with an event; - is stdin");
  shown->add_option("--event-id", trial->event_id, "Id of an event that came in");
  auto run = std::make_shared<TrialOptions>();
  CLI::App* dry = session.hub_command(
      group, "dry-run", "What a rule would have made of the last events; nothing is sent",
      [&session, run] { return dry_run(session, *run); });
  run->add_to(*dry);
  dry->add_option("--limit", run->limit, "Events to look at, 1 to 10000 (1000)");
  add_id(*command("enable", "Make deliveries again", patch(R"({"enabled":true})", "enabled")), *o);
  add_id(*command("disable", "Make no new deliveries", patch(R"({"enabled":false})", "disabled")),
         *o);
}

}  // namespace mih::cli
