#include "cli/session.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>

#include "config/load.hpp"

namespace mih::cli {
namespace {

std::string without_last_break(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

CLI::App* Session::command(CLI::App& group, const std::string& name, const std::string& help,
                           std::function<int()> action) {
  CLI::App* command = group.add_subcommand(name, help);
  command->callback([this, action = std::move(action)] { action_ = action; });
  return command;
}

CLI::App* Session::hub_command(CLI::App& group, const std::string& name, const std::string& help,
                               std::function<int()> action) {
  CLI::App* result = command(group, name, help, std::move(action));
  add_data_option(*result);
  result->add_option("--url", url_, "Ask the hub at this URL instead (MIH_URL)")->group("Hub");
  result->add_option("--token", token_, "Token for --url (MIH_TOKEN)")->group("Hub");
  add_json_flag(*result);
  return result;
}

CLI::App* Session::group(CLI::App& app, const std::string& name, const std::string& help) {
  CLI::App* group = app.add_subcommand(name, help);
  group->require_subcommand(1);
  return group;
}

void Session::add_data_option(CLI::App& command) {
  command.add_option("--data", data_, "Data directory of the hub (MIH_DATA)")->group("Hub");
}

void Session::add_json_flag(CLI::App& command) {
  command.add_flag("--json", json_, "Print the answer as it came, in JSON");
}

Result<std::filesystem::path> Session::data_dir() const {
  if (!data_.empty()) return std::filesystem::absolute(data_);
  config::Inputs options;
  options.variables = config::process_variables();
  auto config = config::load(options);
  if (!config) return fail(config);
  return config->data;
}

Result<Target> Session::target() const {
  Target target;
  target.url = url_.empty() && data_.empty() ? variable("MIH_URL") : url_;
  target.token = token_.empty() ? variable("MIH_TOKEN") : token_;
  if (!target.url.empty()) return target;
  auto data = data_dir();
  if (!data) return fail(data);
  target.socket = *data / "admin.sock";
  target.token.clear();
  return target;
}

std::optional<Answer> Session::exchange(std::string_view method, const std::string& path,
                                        std::string_view body, std::string_view content_type) {
  if (!client_) {
    auto where = target();
    if (!where) {
      print_error(where.error());
      return std::nullopt;
    }
    client_ = std::make_unique<Client>(std::move(*where));
  }
  auto answer = client_->send(method, path, body, content_type);
  if (!answer) {
    print_error(answer.error());
    return std::nullopt;
  }
  return std::move(*answer);
}

void Session::print_problem(const Answer& answer, std::string_view sent_body) const {
  if (json_) std::cout << answer.body << std::endl;
  std::cerr << problem_text(answer.status, answer.body, sent_body) << std::flush;
}

std::optional<Answer> Session::call(std::string_view method, const std::string& path,
                                    std::string_view body, std::string_view content_type) {
  auto answer = exchange(method, path, body, content_type);
  if (!answer || answer->is_success()) return answer;
  print_problem(*answer, body);
  return std::nullopt;
}

int Session::change(std::string_view method, const std::string& path, std::string_view body,
                    const std::string& done) {
  const auto answer = call(method, path, body);
  if (!answer) return kFailed;
  if (!json_) {
    std::cout << done << std::endl;
  } else if (!answer->body.empty()) {
    std::cout << answer->body << std::endl;
  }
  return kOk;
}

int Session::list(const std::string& path, std::span<const Column> columns) {
  const auto answer = call("GET", path);
  if (!answer) return kFailed;
  json::Document document;
  const bool is_list = document.parse(answer->body) && document.root().is_object() &&
                       document.root().find("items") && document.root().find("items")->is_array();
  if (json_ || !is_list) return print(*answer);
  std::cout << table(*document.root().find("items"), columns);
  const auto next = document.root().find("next_cursor");
  if (next && next->is_string()) {
    std::cout << "There are more: --cursor " << harmless(next->as_string()) << "\n";
  }
  std::cout << std::flush;
  return kOk;
}

int Session::show(const std::string& path) {
  const auto answer = call("GET", path);
  return answer ? print(*answer) : kFailed;
}

int Session::print(const Answer& answer) const {
  json::Document document;
  if (json_ || !document.parse(answer.body) || !document.root().is_object()) {
    std::cout << answer.body << std::endl;
  } else {
    std::cout << details(document.root()) << std::flush;
  }
  return kOk;
}

int Session::run() {
  return action_ ? action_() : kUsage;
}

void print_error(const Error& error) {
  std::cerr << "mih: " << harmless(error.detail, true) << "\n";
  for (const FieldError& fault : error.fields) {
    std::cerr << "  " << harmless(fault.field) << ": " << harmless(fault.message) << "\n";
  }
  std::cerr << std::flush;
}

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConfigInvalid:
      return kUsage;
    case ErrorCode::kStoreLocked:
    case ErrorCode::kStoreDamaged:
    case ErrorCode::kStoreTooNew:
      return kStoreUnusable;
    default:
      return kFailed;
  }
}

Result<std::string> read_file(const std::string& path) {
  if (path == "-") {
    return without_last_break({std::istreambuf_iterator<char>(std::cin), {}});
  }
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    return fail(ErrorCode::kConfigInvalid, fmt::format("{} cannot be read", path));
  }
  return without_last_break({std::istreambuf_iterator<char>(file), {}});
}

CLI::Validator not_empty() {
  return {
      [](const std::string& text) { return std::string{text.empty() ? "must not be empty" : ""}; },
      ""};
}

void PageOptions::add_to(CLI::App& command) {
  command.add_option("--limit", limit, "Rows to show, 1 to 500 (50)")->check(CLI::Number);
  command.add_option("--cursor", cursor, "Continue where the page before ended");
}

void PageOptions::add_to(QueryText& query) const {
  query.add("limit", limit).add("cursor", cursor);
}

}  // namespace mih::cli
