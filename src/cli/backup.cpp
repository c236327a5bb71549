#include "store/sqlite/backup.hpp"

#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/setting_flags.hpp"

namespace mih::cli {
namespace {

namespace sqlite = store::sqlite;

struct Options {
  std::string file;
  bool force = false;
};

int report(const Error& error) {
  print_error(error);
  return exit_code_of(error.code);
}

std::string utc(WallTime time, const char* form) {
  return fmt::format(fmt::runtime(form), fmt::gmtime(static_cast<std::time_t>(to_unix_s(time))));
}

std::string size_text(std::int64_t bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMiB);
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string summary(const sqlite::Contents& contents) {
  return fmt::format("{}, {}, {}, {}", counted(contents.services, "service", "services"),
                     counted(contents.rules, "rule", "rules"),
                     counted(contents.deliveries_open, "open delivery", "open deliveries"),
                     counted(contents.dead_letters, "dead letter", "dead letters"));
}

void write_contents(json::Writer& out, const sqlite::Contents& contents) {
  out.member("store_version", contents.store_version);
  out.member("services", contents.services);
  out.member("rules", contents.rules);
  out.member("events_accepted", contents.events_accepted);
  out.member("deliveries_open", contents.deliveries_open);
  out.member("dead_letters", contents.dead_letters);
}

void write_key_id(json::Writer& out, const sqlite::Contents& contents) {
  out.key("key_id");
  if (contents.key_id.empty()) {
    out.null();
  } else {
    out.value(contents.key_id);
  }
}

std::string key_advice(const sqlite::Contents& contents, const config::Config& config) {
  if (!contents.has_secrets) return "There is no secret in it.\n";
  if (contents.key_id.empty())
    return "The secrets in it are in clear: keep it where nobody reads.\n";
  return fmt::format(
      "The secrets in it are sealed with the key {}, which is not in it. It is in\n{}: keep a copy "
      "of that file at another place. Without it the passwords and\ntokens of the services are "
      "lost.\n",
      contents.key_id, config.key_file.string());
}

int back_up(const Session& session, const SettingFlags& flags, const Options& options) {
  const auto config = flags.load();
  if (!config) return report(config.error());
  ProgressLine line;
  const auto now = SystemClock().now().wall;
  sqlite::BackupOptions wanted;
  wanted.store.dir = config->data;
  wanted.file = std::filesystem::absolute(options.file).lexically_normal();
  wanted.replace = options.force;
  wanted.min_free_disk = config->min_free_disk;
  wanted.mark = {.made = now, .mih = MIH_VERSION};
  wanted.progress = [&line](auto what, auto done, auto total) { line.show(what, done, total); };
  const auto made = sqlite::back_up(wanted);
  line.clear();
  if (!made) return report(made.error());
  if (!session.json()) {
    std::cout << fmt::format("{}: {}, checked. {}.\n", wanted.file.string(), size_text(made->bytes),
                             summary(made->contents))
              << key_advice(made->contents, *config) << std::flush;
    return kOk;
  }
  json::Writer out;
  out.begin_object();
  out.member("file", wanted.file.string());
  out.member("bytes", made->bytes);
  out.member("made", to_unix_s(now));
  write_contents(out, made->contents);
  write_key_id(out, made->contents);
  out.member("key_file", config->key_file.string());
  out.end_object();
  std::cout << out.text() << std::endl;
  return kOk;
}

std::string_view name_of(sqlite::KeyState state) {
  switch (state) {
    case sqlite::KeyState::kPresent:
      return "present";
    case sqlite::KeyState::kMissing:
      return "missing";
    case sqlite::KeyState::kOther:
      return "other";
    case sqlite::KeyState::kNotNeeded:
      break;
  }
  return "not_needed";
}

std::string_view why_not(sqlite::KeyState state, const std::filesystem::path& key_file) {
  if (state == sqlite::KeyState::kOther) return "holds another key than the one of the backup";
  std::error_code ignored;
  return std::filesystem::exists(key_file, ignored) ? "is no key file that the hub can read"
                                                    : "is missing";
}

/// What is to be done before the hub starts.
std::string next_step(const sqlite::RestoreResult& restored, const config::Config& config) {
  const bool needs_key =
      restored.key == sqlite::KeyState::kMissing || restored.key == sqlite::KeyState::kOther;
  if (!needs_key) return fmt::format("Start the hub: mih serve --data {}\n", config.data.string());
  return fmt::format(
      "The hub cannot start yet: {} {}.\nPut the key {} there (mode 0600), or name its file with "
      "key_file.\n",
      config.key_file.string(), why_not(restored.key, config.key_file), restored.contents.key_id);
}

int restore(const Session& session, const SettingFlags& flags, const Options& options) {
  const auto config = flags.load();
  if (!config) return report(config.error());
  ProgressLine line;
  sqlite::RestoreOptions wanted;
  wanted.store.dir = config->data;
  wanted.store.key_file = config->key_file;
  wanted.file = std::filesystem::absolute(options.file).lexically_normal();
  wanted.replace = options.force;
  wanted.aside = utc(SystemClock().now().wall, "before-restore-{:%Y%m%dT%H%M%SZ}");
  wanted.progress = [&line](auto what, auto done, auto total) { line.show(what, done, total); };
  const auto restored = sqlite::restore(wanted);
  line.clear();
  if (!restored) return report(restored.error());
  const std::string next = next_step(*restored, *config);
  if (!session.json()) {
    std::cout << fmt::format("{} is what the hub was at {} UTC. {}.\n", config->data.string(),
                             utc(restored->mark.made, "{:%Y-%m-%d %H:%M:%S}"),
                             summary(restored->contents));
    if (restored->aside) {
      std::cout << fmt::format("The store that was there is kept in {}.\n",
                               restored->aside->string());
    }
    std::cout << next << std::flush;
    return kOk;
  }
  json::Writer out;
  out.begin_object();
  out.member("file", wanted.file.string());
  out.member("data", config->data.string());
  out.member("made", to_unix_s(restored->mark.made));
  out.member("mih", restored->mark.mih);
  write_contents(out, restored->contents);
  write_key_id(out, restored->contents);
  out.member("key_file", config->key_file.string());
  out.member("key", name_of(restored->key));
  out.key("kept");
  if (restored->aside) {
    out.value(restored->aside->string());
  } else {
    out.null();
  }
  out.end_object();
  std::cout << out.text() << std::endl;
  return kOk;
}

using Action = int (*)(const Session&, const SettingFlags&, const Options&);

void add(CLI::App& app, Session& session, const std::string& name, const std::string& help,
         const std::string& file_help, const std::string& force_help, Action action) {
  auto options = std::make_shared<Options>();
  auto flags = std::make_shared<std::unique_ptr<SettingFlags>>();
  CLI::App* command = session.command(app, name, help, [&session, flags, options, action] {
    return action(session, **flags, *options);
  });
  command->add_option("file", options->file, file_help)->required()->check(not_empty());
  command->add_flag("--force", options->force, force_help);
  session.add_json_flag(*command);
  *flags = std::make_unique<SettingFlags>(*command);
}

}  // namespace

void add_backup(CLI::App& app, Session& session) {
  add(app, session, "backup", "Copy the store into one file, also while the hub runs",
      "The file to make", "Replace the file if it exists", back_up);
  add(app, session, "restore", "Put the store of a backup into the data directory", "The backup",
      "Put a store that is there aside", restore);
}

}  // namespace mih::cli
