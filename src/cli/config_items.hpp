#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"

namespace mih::cli {

/// A service or rule of a hub.
struct HubItem {
  std::string id;  ///< as the API has it in its paths: a service's name, a rule's number
  std::string name;
  std::string body;  ///< JSON
};

/// What `mih config export` and `apply` work with.
struct HubItems {
  std::vector<HubItem> services;
  std::vector<HubItem> rules;
  std::string settings;  ///< JSON
};

/// Reads them; empty when that failed, the reason has been printed.
std::optional<HubItems> read_hub_items(Session& session);

// Subcommands of `mih config`.
void add_config_export(CLI::App& group, Session& session);
void add_config_apply(CLI::App& group, Session& session);

}  // namespace mih::cli
