#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cli/client.hpp"
#include "cli/terminal.hpp"

namespace mih::cli {

/// Exit codes of every command.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kStoreUnusable = 3;

/// What one run of the command line shares: the options that every command has, the connection, and
/// the action that was chosen. Lives longer than the CLI::App.
class Session {
 public:
  /// A command; `action` runs after everything was parsed and returns the exit code.
  CLI::App* command(CLI::App& group, const std::string& name, const std::string& help,
                    std::function<int()> action);
  /// A command that talks to a hub: has --data, --url, --token and --json.
  CLI::App* hub_command(CLI::App& group, const std::string& name, const std::string& help,
                        std::function<int()> action);
  /// A group of commands, of which one must be named.
  static CLI::App* group(CLI::App& app, const std::string& name, const std::string& help);

  void add_data_option(CLI::App& command);
  void add_json_flag(CLI::App& command);
  bool json() const { return json_; }

  /// The data directory that --data, the environment or the configuration file names.
  Result<std::filesystem::path> data_dir() const;

  /// The answer, whatever it is; empty when none came, the reason has been printed.
  std::optional<Answer> exchange(std::string_view method, const std::string& path,
                                 std::string_view body, std::string_view content_type);
  void print_problem(const Answer& answer, std::string_view sent_body) const;
  /// The answer if it is a success; otherwise the reason has been printed.
  std::optional<Answer> call(std::string_view method, const std::string& path,
                             std::string_view body = {},
                             std::string_view content_type = "application/json");
  /// The same for a call of which only the result matters: prints `done`, or the body with --json.
  int change(std::string_view method, const std::string& path, std::string_view body,
             const std::string& done);
  /// Gets and prints: the body with --json, otherwise the items as a table.
  int list(const std::string& path, std::span<const Column> columns);
  /// Gets and prints: the body with --json, otherwise every member.
  int show(const std::string& path);

  /// Prints an answer: the body with --json, otherwise every member.
  int print(const Answer& answer) const;

  /// Runs the chosen action.
  int run();

 private:
  Result<Target> target() const;

  std::function<int()> action_;
  std::string data_;
  std::string url_;
  std::string token_;
  bool json_ = false;
  std::unique_ptr<Client> client_;
};

/// Prints an error with its fields to stderr.
void print_error(const Error& error);
/// An error as an exit code.
int exit_code_of(ErrorCode code);

/// The contents of a file, "-" for standard input, without the line break at its end.
Result<std::string> read_file(const std::string& path);

/// Refuses an empty text, which a script with an unset variable would give: an empty filter or name
/// must not become "all".
CLI::Validator not_empty();

/// --limit and --cursor of a list.
struct PageOptions {
  std::string limit;
  std::string cursor;
  void add_to(CLI::App& command);
  void add_to(QueryText& query) const;
};

}  // namespace mih::cli
