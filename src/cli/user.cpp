#include <array>
#include <fmt/format.h>
#include <functional>
#include <iostream>
#include <string_view>
#include <termios.h>
#include <unistd.h>

#include "cli/commands.hpp"

namespace mih::cli {
namespace {

constexpr Column kColumns[] = {{"ID", "id"},
                               {"NAME", "name"},
                               {"ROLE", "role"},
                               {"LAST LOGIN", "last_login"},
                               {"CREATED", "timecreated"}};

struct Options {
  std::string name;
  std::string role;
  std::string file;
  PageOptions page;
};

/// Switches the echo of a terminal off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    off_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (off_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool off_ = false;
};

/// From the file, or typed without being shown.
Result<std::string> read_password(const Options& options) {
  if (!options.file.empty()) return read_file(options.file);
  if (::isatty(STDIN_FILENO) == 0) return read_file("-");
  std::cerr << "Password: " << std::flush;
  std::string password;
  {
    const NoEcho quiet;
    std::getline(std::cin, password);
  }
  std::cerr << "\n";
  return password;
}

int with_password(Session& session, const Options& options, std::string_view method,
                  const std::string& path, const std::string& done) {
  const auto password = read_password(options);
  if (!password) return print_error(password.error()), exit_code_of(password.error().code);
  json::Writer body;
  body.begin_object();
  if (method == "POST") body.member("name", options.name);
  if (!options.role.empty()) body.member("role", options.role);
  body.member("password", *password);
  body.end_object();
  return session.change(method, path, body.text(), done);
}

/// Runs action(id) for the user of that name.
int with_user(Session& session, const std::string& name,
              const std::function<int(std::int64_t)>& action) {
  std::string cursor;
  for (;;) {
    QueryText query;
    query.add("limit", "500").add("cursor", cursor);
    const auto answer = session.call("GET", "/users" + query.text());
    if (!answer) return kFailed;
    json::Document document;
    if (!document.parse(answer->body)) return kFailed;
    std::int64_t found = 0;
    if (const auto items = document.root().find("items")) {
      items->each_element([&](const json::Value& item) {
        const auto known = item.find("name");
        if (!known || !known->is_string() || !known->string_equals(name)) return;
        if (const auto id = item.find("id")) found = id->as_int().value_or(0);
      });
    }
    if (found != 0) return action(found);
    const auto next = document.root().find("next_cursor");
    if (!next || !next->is_string()) break;
    cursor = next->as_string();
  }
  std::cerr << "There is no user " << harmless(name) << "; mih user list shows all.\n";
  return kFailed;
}

/// A command about the user whose name is its argument.
CLI::App* add_for_user(CLI::App& group, Session& session, const std::shared_ptr<Options>& o,
                       const std::string& name, const std::string& help,
                       std::function<int(std::int64_t)> action) {
  CLI::App* command = session.hub_command(
      group, name, help,
      [&session, o, action = std::move(action)] { return with_user(session, o->name, action); });
  command->add_option("name", o->name, "Name of the user")->required()->check(not_empty());
  return command;
}

}  // namespace

void add_user(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "user", "People who sign in with a password");
  auto o = std::make_shared<Options>();
  constexpr const char* kFileHelp = "File with the password; without it, it is asked for";
  CLI::App* make = session.hub_command(group, "add", "Add a user", [&session, o] {
    return with_password(session, *o, "POST", "/users", fmt::format("User {} was added.", o->name));
  });
  make->add_option("name", o->name, "Name of the user")->required()->check(not_empty());
  make->add_option("--role", o->role, "view or manage")->required();
  make->add_option("--password-file", o->file, kFileHelp);
  CLI::App* list = session.hub_command(group, "list", "All users", [&session, o] {
    QueryText query;
    o->page.add_to(query);
    return session.list("/users" + query.text(), kColumns);
  });
  o->page.add_to(*list);
  const auto path_of = [](std::int64_t id) { return fmt::format("/users/{}", id); };
  add_for_user(group, session, o, "password", "Give a user another password",
               [&session, o, path_of](std::int64_t id) {
                 return with_password(session, *o, "PATCH", path_of(id),
                                      fmt::format("User {} has another password.", o->name));
               })
      ->add_option("--password-file", o->file, kFileHelp);
  add_for_user(group, session, o, "role", "Give a user another role",
               [&session, o, path_of](std::int64_t id) {
                 json::Writer body;
                 body.begin_object();
                 body.member("role", o->role);
                 body.end_object();
                 return session.change("PATCH", path_of(id), body.text(),
                                       fmt::format("User {} has another role.", o->name));
               })
      ->add_option("role", o->role, "view or manage")
      ->required();
  add_for_user(group, session, o, "sign-out", "Sign a user out everywhere",
               [&session, o, path_of](std::int64_t id) {
                 return session.change("DELETE", path_of(id) + "/sessions", "",
                                       fmt::format("User {} is signed out.", o->name));
               });
  add_for_user(group, session, o, "delete", "Delete a user, who is signed out at once",
               [&session, o, path_of](std::int64_t id) {
                 return session.change("DELETE", path_of(id), "",
                                       fmt::format("User {} was deleted.", o->name));
               });
}

}  // namespace mih::cli
