#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {
    {"ID", "id"}, {"NAME", "name"}, {"ROLE", "role"}, {"SITE", "site"}, {"CREATED", "timecreated"}};

struct Options {
  std::string id;
  std::string name;
  std::string role;
  std::string site;
  PageOptions page;
};

int create(Session& session, const Options& options) {
  json::Writer body;
  body.begin_object();
  body.member("role", options.role);
  if (!options.name.empty()) body.member("name", options.name);
  if (!options.site.empty()) body.member("site", options.site);
  body.end_object();
  const auto answer = session.call("POST", "/tokens", body.text());
  if (!answer) return kFailed;
  session.print(*answer);
  if (!session.json()) std::cerr << "The token is shown this once only.\n";
  return kOk;
}

}  // namespace

void add_token(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "token", "API tokens");
  auto o = std::make_shared<Options>();
  CLI::App* make = session.hub_command(group, "create", "Make a token; it is shown once",
                                       [&session, o] { return create(session, *o); });
  make->add_option("--role", o->role, "ingest, view or manage")->required();
  make->add_option("--name", o->name, "What it is for");
  make->add_option("--site", o->site, "Events with this token belong to this site");
  CLI::App* list = session.hub_command(group, "list", "All tokens", [&session, o] {
    QueryText query;
    o->page.add_to(query);
    return session.list("/tokens" + query.text(), kColumns);
  });
  o->page.add_to(*list);
  session
      .hub_command(group, "delete", "Delete a token; it stops working at once",
                   [&session, o] {
                     return session.change("DELETE", "/tokens/" + encoded(o->id), "",
                                           fmt::format("Token {} was deleted.", o->id));
                   })
      ->add_option("id", o->id, "Id of the token")
      ->required()
      ->check(not_empty());
}

}  // namespace mih::cli
