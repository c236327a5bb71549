#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/field_flags.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"NAME", "name"},
                               {"TYPE", "type"},
                               {"ENABLED", "enabled"},
                               {"PAUSED", "paused"},
                               {"CIRCUIT", "circuit.state"},
                               {"BACKLOG", "backlog"},
                               {"AVG MS", "avg_latency_ms"},
                               {"ERRORS 24H", "errors_24h"},
                               {"BASE URL", "base_url"}};

const FieldFlags::Aliases kAliases{{"headers", "header"}};

/// What the commands about one service need.
struct Options {
  std::string name;
  bool all = false;
  bool dry_run = false;
  bool anew = false;
  std::string endpoint;
  std::string method;
  std::string payload;
  PageOptions page;
  std::unique_ptr<FieldFlags> flags;
  std::string path() const { return "/services/" + encoded(name); }
};

void add_name(CLI::App& command, Options& options) {
  command.add_option("name", options.name, "Name of the service")->required()->check(not_empty());
}

int create(Session& session, const Options& options) {
  const auto body = options.flags->body({{"name", options.name}});
  if (!body) return print_error(body.error()), kUsage;
  return session.change("POST", "/services", *body,
                        fmt::format("Service {} was added.", options.name));
}

int update(Session& session, const Options& options) {
  if (options.flags->empty()) {
    std::cerr << "mih: name at least one field to change; see mih service set --help\n";
    return kUsage;
  }
  const auto body = options.flags->body();
  if (!body) return print_error(body.error()), kUsage;
  return session.change("PATCH", options.path(), *body,
                        fmt::format("Service {} was changed.", options.name));
}

int remove(Session& session, const Options& options) {
  const auto answer =
      session.call("DELETE", options.path() + (options.dry_run ? "?dry_run=true" : ""));
  if (!answer) return kFailed;
  if (!session.json()) {
    std::cout << fmt::format("Service {} {} deleted.\n", options.name,
                             options.dry_run ? "would be" : "was");
  }
  return session.print(*answer);
}

/// "studentId int, groups Group[] (optional), ..."
std::string arguments_text(const json::Value& arguments) {
  std::string out;
  arguments.each_element([&](const json::Value& argument) {
    const auto is = [&](std::string_view name) {
      const auto value = argument.find(name);
      return value && value->kind() == json::Kind::kTrue;
    };
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}{}{}", argument.find("name")->as_string(),
                       argument.find("type")->as_string(), is("array") ? "[]" : "",
                       is("required") ? "" : "?");
  });
  return out;
}

int operations(Session& session, const Options& options) {
  const auto answer =
      session.call("GET", options.path() + "/operations" + (options.anew ? "?refresh=true" : ""));
  if (!answer) return kFailed;
  if (session.json()) return session.print(*answer);
  json::Document document;
  const auto items =
      document.parse(answer->body) ? document.root().find("items") : std::optional<json::Value>{};
  if (!items) return session.print(*answer);
  items->each_element([&](const json::Value& operation) {
    std::cout << fmt::format("{}({})\n    {}\n", operation.find("endpoint")->as_string(),
                             arguments_text(*operation.find("arguments")),
                             operation.find("example")->raw());
  });
  return kOk;
}

int reset(Session& session, const Options& options) {
  if (options.all != options.name.empty()) {
    std::cerr << "mih: name one service, or say --all\n";
    return kUsage;
  }
  if (options.all) return session.change("POST", "/circuits/reset", "", "All circuits are closed.");
  return session.change("POST", options.path() + "/circuit/reset", "",
                        fmt::format("The circuit of {} is closed.", options.name));
}

int test(Session& session, const Options& options) {
  json::Writer body;
  body.begin_object();
  if (!options.endpoint.empty()) body.member("endpoint", options.endpoint);
  if (!options.method.empty()) body.member("method", options.method);
  if (!options.payload.empty()) {
    json::Document payload;
    body.key("payload");
    if (payload.parse(options.payload)) {
      body.raw(options.payload);
    } else {
      body.value(options.payload);
    }
  }
  body.end_object();
  const auto answer = session.call("POST", options.path() + "/test", body.text());
  if (!answer) return kFailed;
  session.print(*answer);
  json::Document document;
  const bool is_read = document.parse(answer->body) && document.root().is_object();
  const auto success = is_read ? document.root().find("success") : std::nullopt;
  return success && success->kind() == json::Kind::kTrue ? kOk : kFailed;
}

}  // namespace

void add_service(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "service", "External systems that get events");
  auto o = std::make_shared<Options>();
  const auto command = [&](const std::string& name, const std::string& help, auto action) {
    return session.hub_command(group, name, help,
                               [&session, o, action] { return action(session, *o); });
  };
  const auto action = [](std::string_view verb, std::string_view done) {
    return [=](Session& s, const Options& options) {
      return s.change("POST", fmt::format("{}/{}", options.path(), verb), "",
                      fmt::format("Service {} is {}.", options.name, done));
    };
  };

  auto add_flags = std::make_shared<Options>();
  CLI::App* add = session.hub_command(group, "add", "Register a service", [&session, add_flags] {
    return create(session, *add_flags);
  });
  add_name(*add, *add_flags);
  add_flags->flags = std::make_unique<FieldFlags>(*add, core::service_fields(), kAliases, "name");
  add_flags->flags->require("base_url");

  CLI::App* list = command("list", "All services", [](Session& s, const Options& options) {
    QueryText query;
    options.page.add_to(query);
    return s.list("/services" + query.text(), kColumns);
  });
  o->page.add_to(*list);
  add_name(*command("show", "One service with all its fields",
                    [](Session& s, const Options& options) { return s.show(options.path()); }),
           *o);
  CLI::App* set = command("set", "Change fields of a service; --name renames it", update);
  set->alias("update");
  add_name(*set, *o);
  o->flags = std::make_unique<FieldFlags>(*set, core::service_fields(), kAliases);
  CLI::App* del = command("delete", "Delete a service; its rules are disabled", remove);
  add_name(*del, *o);
  del->add_flag("--dry-run", o->dry_run, "Only count what would be affected");
  add_name(*command("pause", "Let deliveries wait", action("pause", "paused")), *o);
  add_name(*command("resume", "Deliver again", action("resume", "resumed")), *o);
  CLI::App* circuit = command("reset-circuit", "Close the circuit of a service, or all", reset);
  circuit->add_option("name", o->name, "Name of the service")->check(not_empty());
  circuit->add_flag("--all", o->all, "All circuits");
  CLI::App* listing = command(
      "operations", "The operations of a SOAP service: arguments (? = optional) and an example",
      operations);
  add_name(*listing, *o);
  listing->add_flag("--refresh", o->anew, "Load the WSDL again");
  CLI::App* probe = command("test", "Make one real call and show request and answer", test);
  add_name(*probe, *o);
  probe->add_option("--endpoint", o->endpoint, "Appended to the base URL; SOAP: the operation");
  probe->add_option("--method", o->method, "Method (GET)");
  probe->add_option("--payload", o->payload, "Body to send");
}

}  // namespace mih::cli
