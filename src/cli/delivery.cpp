#include <fmt/format.h>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"ID", "id"},
                               {"EVENT", "eventname"},
                               {"SERVICE", "service"},
                               {"STATE", "state"},
                               {"BECAUSE", "parked_because"},
                               {"ATTEMPTS", "attempt_count"},
                               {"NEXT", "next_attempt"},
                               {"LAST ERROR", "last_error"}};

struct Options {
  std::string id;
  std::string service;
  std::string rule;
  std::string state;
  PageOptions page;
  std::string path() const { return "/deliveries/" + encoded(id); }
};

}  // namespace

void add_delivery(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "delivery", "Events on their way to a service");
  auto o = std::make_shared<Options>();
  const auto command = [&](const std::string& name, const std::string& help, auto action) {
    return session.hub_command(group, name, help,
                               [&session, o, action] { return action(session, *o); });
  };
  const auto add_id = [&](CLI::App* to) {
    to->add_option("id", o->id, "Id of the delivery, d_...")->required()->check(not_empty());
  };
  const auto action = [](std::string_view verb, std::string_view done) {
    return [=](Session& s, const Options& options) {
      return s.change("POST", fmt::format("{}/{}", options.path(), verb), "",
                      fmt::format("Delivery {} {}.", options.id, done));
    };
  };
  CLI::App* list = command("list", "The newest deliveries", [](Session& s, const Options& options) {
    QueryText query;
    query.add("service", options.service).add("rule_id", options.rule).add("state", options.state);
    options.page.add_to(query);
    return s.list("/deliveries" + query.text(), kColumns);
  });
  list->add_option("--service", o->service, "Only of this service");
  list->add_option("--rule", o->rule, "Only of the rule with this id");
  list->add_option("--state", o->state, "pending, sending, retrying, parked, delivered or dead");
  o->page.add_to(*list);
  add_id(command("show", "One delivery with its attempts",
                 [](Session& s, const Options& options) { return s.show(options.path()); }));
  add_id(
      command("retry-now", "Do not wait for the next attempt", action("retry-now", "is due now")));
  add_id(command("cancel", "Give up; it becomes a dead letter", action("cancel", "was cancelled")));
}

}  // namespace mih::cli
