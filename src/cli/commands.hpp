#pragma once

#include "cli/session.hpp"

/// Every command group, one file each. main() calls them in the order in which help shows them.
namespace mih::cli {

void add_serve(CLI::App& app, Session& session);
void add_demo(CLI::App& app, Session& session);
void add_service(CLI::App& app, Session& session);
void add_rule(CLI::App& app, Session& session);
void add_event(CLI::App& app, Session& session);
void add_delivery(CLI::App& app, Session& session);
void add_dead_letter(CLI::App& app, Session& session);
void add_log(CLI::App& app, Session& session);
void add_site(CLI::App& app, Session& session);
void add_moodle(CLI::App& app, Session& session);
void add_token(CLI::App& app, Session& session);
void add_user(CLI::App& app, Session& session);
void add_secret(CLI::App& app, Session& session);
void add_key(CLI::App& app, Session& session);
void add_settings(CLI::App& app, Session& session);
void add_stats(CLI::App& app, Session& session);
void add_config(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_sql(CLI::App& app, Session& session);
void add_backup(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_bench(CLI::App& app, Session& session);

}  // namespace mih::cli
