#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <thread>
#include <unistd.h>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"ID", "id"},
                               {"SERVICE", "service"},
                               {"RULE", "rule"},
                               {"EVENT", "eventname"},
                               {"REASON", "reason"},
                               {"HTTP", "http_status"},
                               {"ATTEMPTS", "attempt_count"},
                               {"TIME", "timecreated"},
                               {"ERROR", "error_message"}};
constexpr std::chrono::milliseconds kPollInterval{200};

struct Options {
  std::string id;
  std::vector<std::int64_t> ids;
  bool all = false;
  bool dry_run = false;
  std::string mode;
  std::string service;
  std::string rule;
  std::string eventname;
  std::string reason;
  std::string from;
  std::string to;
  std::string text;
  PageOptions page;

  void add_filter_to(CLI::App& command) {
    const auto condition = [&](const char* flag, std::string& value, const char* help) {
      command.add_option(flag, value, help)->check(not_empty());
    };
    condition("--service", service, "Only of this service");
    condition("--rule", rule, "Only of the rule with this id");
    condition("--event,--eventname", eventname, "Only this event name");
    condition("--reason", reason, "rejected, exhausted, expired, template, ...");
    condition("--from", from, "Created at or after, Unix seconds");
    condition("--to", to, "Created before, Unix seconds");
    condition("--text", text, "Only with this text in error or payload");
  }
  /// Calls fn(name, value, is_number) for each condition that was given.
  template <class Fn>
  bool each_condition(Fn&& fn) const {
    bool any = false;
    const auto condition = [&](std::string_view name, const std::string& value, bool is_number) {
      if (value.empty()) return;
      any = true;
      fn(name, value, is_number);
    };
    condition("service", service, false);
    condition("rule_id", rule, true);
    condition("eventname", eventname, false);
    condition("reason", reason, false);
    condition("from", from, true);
    condition("to", to, true);
    condition("text", text, false);
    return any;
  }
};

int list(Session& session, const Options& options) {
  QueryText query;
  options.each_condition(
      [&](std::string_view name, const std::string& value, bool) { query.add(name, value); });
  options.page.add_to(query);
  return session.list("/dead-letters" + query.text(), kColumns);
}

/// The body of a bulk action; empty when it was not said what it is about.
std::optional<std::string> selection(const Options& options) {
  json::Writer out;
  out.begin_object();
  json::Writer filter;
  filter.begin_object();
  const bool has_filter =
      options.each_condition([&](std::string_view name, const std::string& value, bool is_number) {
        json::Document number;
        filter.key(name);
        if (is_number && number.parse(value) && number.root().is_number()) {
          filter.raw(value);
        } else {
          filter.value(value);
        }
      });
  filter.end_object();
  const bool is_clear =
      options.ids.empty() ? options.all || has_filter : !options.all && !has_filter;
  if (!is_clear) return std::nullopt;
  if (!options.ids.empty()) {
    out.key("ids");
    out.begin_array();
    for (const std::int64_t id : options.ids)
      out.value(id);
    out.end_array();
  } else if (has_filter) {
    out.key("filter");
    out.raw(filter.text());
  } else {
    out.member("all", true);
  }
  if (!options.mode.empty()) out.member("mode", options.mode);
  if (options.dry_run) out.member("dry_run", true);
  out.end_object();
  return out.take();
}

std::int64_t number_in(const json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->is_number() ? value->as_int().value_or(0) : 0;
}

/// Waits for a job, with a line of progress on a terminal; prints its result.
int follow(Session& session, const std::string& job) {
  const bool shows_progress = isatty(STDERR_FILENO) != 0;
  for (;;) {
    const auto answer = session.call("GET", "/jobs/" + encoded(job));
    json::Document document;
    if (!answer || !document.parse(answer->body) || !document.root().is_object()) return kFailed;
    const json::Value root = document.root();
    const auto state = root.find("state");
    const bool is_running = state && state->is_string() && state->string_equals("running");
    if (shows_progress) {
      std::cerr << fmt::format("\r{} of {}{}", number_in(root, "done"), number_in(root, "total"),
                               is_running ? "" : "\n")
                << std::flush;
    }
    if (is_running) {
      std::this_thread::sleep_for(kPollInterval);
      continue;
    }
    std::cout << fmt::format("{} done, {} skipped, {} failed\n", number_in(root, "succeeded"),
                             number_in(root, "skipped"), number_in(root, "failed"));
    if (const auto errors = root.find("errors"); errors && errors->is_array()) {
      errors->each_element([](const json::Value& error) {
        if (error.is_string()) std::cout << "  " << harmless(error.as_string()) << "\n";
      });
    }
    std::cout << std::flush;
    const bool is_done = state && state->is_string() && state->string_equals("done");
    return is_done && number_in(root, "failed") == 0 ? kOk : kFailed;
  }
}

int bulk(Session& session, const Options& options, const std::string& verb) {
  const auto body = selection(options);
  if (!body) {
    std::cerr << "mih: name dead letters by id, or by a filter such as --service, or say --all\n";
    return kUsage;
  }
  const auto answer = session.call("POST", "/dead-letters/" + verb, *body);
  if (!answer) return kFailed;
  json::Document document;
  if (session.json() || !document.parse(answer->body) || !document.root().is_object()) {
    return session.print(*answer);
  }
  const auto job = document.root().find("job_id");
  if (!options.dry_run && job && job->is_string()) return follow(session, job->as_string());
  std::cout << fmt::format("{} dead letters\n", number_in(document.root(), "count")) << std::flush;
  return kOk;
}

}  // namespace

void add_dead_letter(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "dlq", "Dead letters: deliveries that were given up");
  auto o = std::make_shared<Options>();
  const auto command = [&](const std::string& name, const std::string& help, auto action) {
    return session.hub_command(group, name, help,
                               [&session, o, action] { return action(session, *o); });
  };
  const auto add_selection = [&](CLI::App* to) {
    to->add_option("ids", o->ids, "Ids of dead letters");
    to->add_flag("--all", o->all, "All that the filter finds; without a filter, all there are");
    to->add_flag("--dry-run", o->dry_run, "Only count them");
    o->add_filter_to(*to);
  };
  CLI::App* listing = command("list", "The newest dead letters", list);
  o->add_filter_to(*listing);
  o->page.add_to(*listing);
  command("show", "One dead letter with payload, answer and attempts",
          [](Session& s, const Options& options) {
            return s.show("/dead-letters/" + encoded(options.id));
          })
      ->add_option("id", o->id, "Id of the dead letter")
      ->required()
      ->check(not_empty());
  CLI::App* replay = command("replay", "Deliver again", [](Session& s, const Options& options) {
    return bulk(s, options, "replay");
  });
  add_selection(replay);
  replay->add_option("--mode", o->mode, "current: rendered again (default); as_sent");
  add_selection(command("delete", "Delete for good", [](Session& s, const Options& options) {
    return bulk(s, options, "delete");
  }));
}

}  // namespace mih::cli
