#pragma once

#include <string>
#include <unordered_map>

#include "core/circuit.hpp"
#include "core/rule.hpp"
#include "core/service.hpp"
#include "core/settings.hpp"
#include "core/token.hpp"
#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// What people configure: services, rules, tokens, settings; and the circuits. Functions that
/// change something are one transaction each, save_circuit() excepted. What the queue needs to know
/// of services and rules is kept in memory.
class Registry {
 public:
  explicit Registry(Connection& connection);

  /// Reads what is kept in memory, at open.
  void refresh();

  struct ServiceFacts {
    std::string name;
    std::int64_t max_backlog = 0;
  };
  /// Null when there is no such service.
  const ServiceFacts* service(core::ServiceId id) const;
  const ServiceFacts* service(std::string_view name, core::ServiceId& id) const;
  /// Null when there is no such rule.
  const std::string* rule_name(core::RuleId id) const;
  const core::Settings& settings() const { return settings_; }

  Result<core::Service> save_service(core::Service service, WallTime now);
  /// Fills in `rules_disabled` only.
  Result<ServiceDeletion> remove_service(core::ServiceId service);
  Result<core::Rule> save_rule(core::Rule rule, WallTime now);
  Result<void> remove_rule(core::RuleId rule);
  Result<void> import(Import& import, WallTime now);
  Result<core::Token> save_token(core::Token token, WallTime now);
  Result<void> remove_token(core::TokenId token);
  Result<void> save_settings(const core::Settings& settings);
  Result<void> save_alerts(const std::vector<core::Alert>& alerts);

  /// Inside of the caller's transaction.
  void save_circuit(const core::CircuitRecord& circuit);
  /// Does nothing when it is flagged already. Inside of the caller's transaction.
  void flag_rule(core::RuleId rule, WallTime now);
  /// False when it was noted before. Inside of the caller's transaction.
  bool note_imported(const core::Origin& origin, std::int64_t id = 0);
  /// Fills in the names that a letter lacks because its service or rule was removed.
  void name_removed(core::DeadLetter& letter);

 private:
  // Inside of the caller's transaction; remember() when that is in force.
  void write_service(core::Service& service, WallTime now);
  void write_rule(core::Rule& rule, WallTime now);
  Result<void> write_imports(Import& import, WallTime now);
  void remember(const core::Service& service);
  Result<void> check_name(const core::Service& service) const;
  Result<void> resolve_service(core::Rule& rule) const;

  Connection& connection_;
  Statement save_circuit_;
  Statement flag_rule_;
  Statement removed_service_;
  Statement removed_rule_;
  Statement note_imported_;
  std::unordered_map<core::ServiceId, ServiceFacts> services_;
  std::unordered_map<std::string, core::ServiceId> service_ids_;
  std::unordered_map<core::RuleId, std::string> rules_;
  core::Settings settings_;
};

}  // namespace mih::store::sqlite
