#include <fmt/format.h>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {
    {"NAME", "name"}, {"CREATED", "timecreated"}, {"CHANGED", "timemodified"}};

struct Options {
  std::string name;
  std::string file;
  PageOptions page;
};

int set(Session& session, const Options& options) {
  const auto value = read_file(options.file);
  if (!value) return print_error(value.error()), exit_code_of(value.error().code);
  json::Writer body;
  body.begin_object();
  body.member("value", *value);
  body.end_object();
  return session.change("PUT", "/secrets/" + encoded(options.name), body.text(),
                        fmt::format("Secret {} was saved.", options.name));
}

}  // namespace

void add_secret(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "secret", "Secrets that templates use by name");
  auto o = std::make_shared<Options>();
  CLI::App* make = session.hub_command(group, "set", "Set a secret; its value is never shown",
                                       [&session, o] { return set(session, *o); });
  make->add_option("name", o->name, "Its name, as in {{x | hmac_sha256(\"name\")}}")
      ->required()
      ->check(not_empty());
  make->add_option("--file,--value-file", o->file, "File with the value, - for standard input")
      ->default_val("-");
  CLI::App* list = session.hub_command(group, "list", "All secrets, without values", [&session, o] {
    QueryText query;
    o->page.add_to(query);
    return session.list("/secrets" + query.text(), kColumns);
  });
  o->page.add_to(*list);
  session
      .hub_command(group, "delete", "Delete a secret; rules that use it fail from then on",
                   [&session, o] {
                     return session.change("DELETE", "/secrets/" + encoded(o->name), "",
                                           fmt::format("Secret {} was deleted.", o->name));
                   })
      ->add_option("name", o->name, "Name of the secret")
      ->required()
      ->check(not_empty());
}

}  // namespace mih::cli
