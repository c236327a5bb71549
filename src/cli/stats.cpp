#include "cli/commands.hpp"

namespace mih::cli {

void add_stats(CLI::App& app, Session& session) {
  session.hub_command(app, "stats", "Counts since the data directory was made; they add up",
                      [&session] { return session.show("/stats/summary"); });
}

}  // namespace mih::cli
