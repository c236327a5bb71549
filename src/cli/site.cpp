#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/sites.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"ID", "id"},
                               {"NAME", "name"},
                               {"ADDRESS", "wwwroot"},
                               {"CONNECTED", "connected"},
                               {"MOODLE", "moodle_version"},
                               {"LAST SEEN", "last_seen"},
                               {"OUTBOX", "outbox_rows"}};

struct Options {
  std::string name;
  std::string wwwroot;
  std::string callback_url;
  PageOptions page;
};

int show_code(Session& session, const std::optional<Answer>& answer) {
  if (!answer) return kFailed;
  session.print(*answer);
  if (!session.json()) {
    std::cerr << "Enter the code in Moodle: Site administration > Plugins > Local plugins >\n"
                 "Integration Hub > Connection. It is shown this once and is valid for an hour.\n";
  }
  return kOk;
}

int add(Session& session, const Options& options) {
  json::Writer body;
  body.begin_object();
  body.member("name", options.name);
  if (!options.wwwroot.empty()) body.member("wwwroot", options.wwwroot);
  if (!options.callback_url.empty()) body.member("callback_url", options.callback_url);
  body.end_object();
  return show_code(session, session.call("POST", "/sites", body.text()));
}

/// Runs action(id) for the site of that name.
int with_site(Session& session, const std::string& name,
              const std::function<int(std::int64_t)>& action) {
  const auto site = find_site(session, [&](const json::Value& item) {
    const auto known = item.find("name");
    return known && known->is_string() && known->string_equals(name);
  });
  if (!site) return kFailed;
  if (*site == 0) {
    std::cerr << "There is no site " << harmless(name) << "; mih site list shows all.\n";
    return kFailed;
  }
  return action(*site);
}

}  // namespace

std::optional<std::int64_t> find_site(Session& session,
                                      const std::function<bool(const json::Value&)>& is_it) {
  std::string cursor;
  for (;;) {
    QueryText query;
    query.add("limit", "500").add("cursor", cursor);
    const auto answer = session.call("GET", "/sites" + query.text());
    if (!answer) return std::nullopt;
    json::Document document;
    if (!document.parse(answer->body)) return std::nullopt;
    const auto root = document.root();
    std::int64_t found = 0;
    if (const auto items = root.find("items")) {
      items->each_element([&](const json::Value& item) {
        if (const auto id = item.find("id"); id && is_it(item)) found = id->as_int().value_or(0);
      });
    }
    const auto next = root.find("next_cursor");
    if (found != 0 || !next || !next->is_string()) return found;
    cursor = next->as_string();
  }
}

void add_site(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "site", "Moodles: the sites of this hub");
  auto o = std::make_shared<Options>();
  CLI::App* make =
      session.hub_command(group, "add", "Add a site; prints the one-time code that connects it",
                          [&session, o] { return add(session, *o); });
  make->add_option("name", o->name, "Its name, which its events carry")
      ->required()
      ->check(not_empty());
  make->add_option("--wwwroot", o->wwwroot, "Its address; it is told when the site connects");
  make->add_option("--callback-url", o->callback_url,
                   "Where the hub calls it, when that is not below its address");
  CLI::App* list = session.hub_command(group, "list", "All sites", [&session, o] {
    QueryText query;
    o->page.add_to(query);
    return session.list("/sites" + query.text(), kColumns);
  });
  o->page.add_to(*list);
  session
      .hub_command(group, "code", "Print another one-time code for a site",
                   [&session, o] {
                     return with_site(session, o->name, [&session](std::int64_t id) {
                       return show_code(session,
                                        session.call("POST", fmt::format("/sites/{}/code", id)));
                     });
                   })
      ->add_option("name", o->name, "Name of the site")
      ->required()
      ->check(not_empty());
  session
      .hub_command(group, "remove", "Remove a site; its token stops working at once",
                   [&session, o] {
                     return with_site(session, o->name, [&session, o](std::int64_t id) {
                       return session.change("DELETE", fmt::format("/sites/{}", id), "",
                                             fmt::format("Site {} was removed.", o->name));
                     });
                   })
      ->add_option("name", o->name, "Name of the site")
      ->required()
      ->check(not_empty());
}

}  // namespace mih::cli
