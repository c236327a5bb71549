#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/sites.hpp"
#include "core/site.hpp"

namespace mih::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScript = "local/integrationhub/cli/connect.php";
constexpr Column kChecks[] = {{"CHECK", "check"}, {"STATUS", "status"}, {"SUMMARY", "summary"}};

struct Options {
  std::string moodle;
  std::string php = "php";
  std::string name;
  std::vector<std::string> hub;
};

/// What Moodle says of itself.
struct Description {
  std::string wwwroot;
  std::string siteid;  ///< in the hub that it is connected with; "" when it is not
};

/// The plugin's script; from Moodle 5.1 on it lies below public/.
Result<fs::path> script_of(const std::string& moodle) {
  for (const auto* below : {"", "public"}) {
    auto script = fs::path(moodle) / below / kScript;
    std::error_code error;
    if (fs::exists(script, error)) return script;
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("There is no {} below {}. Name the directory that has Moodle's "
                          "config.php, and install the plugin local_integrationhub first.",
                          kScript, moodle));
}

Result<Finished> run_script(const Options& options, std::vector<std::string> arguments,
                            const std::string& input = {}) {
  auto script = script_of(options.moodle);
  if (!script) return fail(script);
  std::vector<std::string> words{options.php, script->string()};
  std::ranges::move(arguments, std::back_inserter(words));
  return run_program(words, input);
}

std::string text_of(const json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->is_string() ? value->as_string() : std::string{};
}

Result<Description> describe(const Options& options) {
  auto ran = run_script(options, {"--describe"});
  if (!ran) return fail(ran);
  json::Document document;
  if (ran->code != 0 || !document.parse(ran->output) || !document.root().is_object()) {
    return fail(ErrorCode::kInternal,
                fmt::format("Moodle does not say what it is (exit code {}): {}", ran->code,
                            harmless(ran->output)));
  }
  return Description{text_of(document.root(), "wwwroot"), text_of(document.root(), "siteid")};
}

/// The host of an address as a name for a site.
std::string name_from(std::string_view wwwroot) {
  if (const auto scheme = wwwroot.find("://"); scheme != std::string_view::npos) {
    wwwroot.remove_prefix(scheme + 3);
  }
  std::string name(wwwroot);
  for (char& c : name) {
    if (!core::is_site_name(std::string(1, c)) && c != '.' && c != '-') c = '-';
  }
  while (!name.empty() && name.back() == '-')
    name.pop_back();
  return core::is_site_name(name) ? name : "moodle";
}

/// A one-time code for the site that has this address, which is added if there is none.
std::optional<std::string> code_for(Session& session, const Options& options,
                                    const Description& moodle) {
  const auto known = find_site(session, [&](const json::Value& item) {
    return options.name.empty() ? text_of(item, "wwwroot") == moodle.wwwroot
                                : text_of(item, "name") == options.name;
  });
  if (!known) return std::nullopt;
  std::optional<Answer> answer;
  if (*known != 0) {
    answer = session.call("POST", fmt::format("/sites/{}/code", *known));
  } else {
    json::Writer body;
    body.begin_object();
    body.member("name", options.name.empty() ? name_from(moodle.wwwroot) : options.name);
    body.member("wwwroot", moodle.wwwroot);
    body.end_object();
    answer = session.call("POST", "/sites", body.text());
  }
  if (!answer) return std::nullopt;
  json::Document document;
  if (!document.parse(answer->body)) return std::nullopt;
  return text_of(document.root(), "code");
}

/// Where Moodle may find this hub: its socket, which the web server must be allowed to open, then
/// the address that it listens on.
Result<std::vector<std::string>> addresses(const Session& session, const Options& options) {
  if (!options.hub.empty()) return options.hub;
  auto dir = session.data_dir();
  if (!dir) return fail(dir);
  std::vector<std::string> found;
  const auto absolute = fs::absolute(*dir);
  for (const auto& socket : {fs::path("/run/mih/mih.sock"), absolute / "mih.sock"}) {
    std::error_code error;
    if (fs::exists(socket, error)) found.push_back("unix:" + socket.string());
  }
  std::ifstream listen(absolute / "listen");
  std::string url;
  if (std::getline(listen, url) && !url.empty()) found.push_back(url);
  if (found.empty()) {
    return fail(ErrorCode::kNotFound, "The address of the hub is not known; name it with --hub.");
  }
  return found;
}

int connect(Session& session, const Options& options) {
  auto hub = addresses(session, options);
  if (!hub) {
    print_error(hub.error());
    return kFailed;
  }
  auto moodle = describe(options);
  if (!moodle) {
    print_error(moodle.error());
    return kFailed;
  }
  const auto code = code_for(session, options, *moodle);
  if (!code) return kFailed;
  auto ran = run_script(options, {fmt::format("--hub={}", fmt::join(*hub, ","))}, *code + "\n");
  if (!ran) {
    print_error(ran.error());
    return kFailed;
  }
  std::cout << harmless(ran->output, true);
  return ran->code == 0 ? kOk : kFailed;
}

int check(Session& session, const Options& options) {
  auto ran = run_script(options, {"--check"});
  if (!ran) {
    print_error(ran.error());
    return kFailed;
  }
  json::Document document;
  if (session.json()) {
    std::cout << ran->output;
  } else if (document.parse(ran->output) && document.root().is_array()) {
    std::cout << table(document.root(), kChecks);
  } else {
    std::cout << harmless(ran->output, true);
  }
  return ran->code == 0 ? kOk : kFailed;
}

void add_moodle_options(CLI::App& command, Options& options) {
  command.add_option("--moodle", options.moodle, "The directory that has Moodle's config.php")
      ->required()
      ->check(not_empty());
  command.add_option("--php", options.php, "The PHP program (default: php)");
}

}  // namespace

void add_moodle(CLI::App& app, Session& session) {
  CLI::App& group = *Session::group(app, "moodle", "A Moodle on this machine");
  auto o = std::make_shared<Options>();
  CLI::App* make = session.hub_command(group, "connect", "Connect a Moodle with this hub",
                                       [&session, o] { return connect(session, *o); });
  add_moodle_options(*make, *o);
  make->add_option("--name", o->name, "Name of the site (default: from its address)");
  make->add_option("--hub", o->hub,
                   "Address under which Moodle finds the hub: http://HOST:PORT or unix:/path; "
                   "may be repeated, the first that answers is used");
  CLI::App* look = session.hub_command(group, "check", "Show the state of a Moodle's connection",
                                       [&session, o] { return check(session, *o); });
  add_moodle_options(*look, *o);
}

}  // namespace mih::cli
