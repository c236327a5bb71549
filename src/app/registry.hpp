#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "core/settings.hpp"
#include "core/token.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"

namespace mih::app {

/// What is configured, as it is in force: services, rules, tokens, settings. Readers get an
/// immutable catalog; changes are made by the writer's thread alone.
class Registry {
 public:
  /// Reads everything from the store. Rules that this version cannot compile are kept disabled and
  /// named in `warnings`.
  static Result<std::unique_ptr<Registry>> load(store::Reader& reader,
                                                std::vector<std::string>& warnings);

  // From any thread:
  std::shared_ptr<const engine::Catalog> catalog() const;
  core::Settings settings() const;
  std::optional<core::Token> find_token(const Sha256& hash) const;
  /// The service with that further name.
  std::optional<core::ServiceId> service_by_alias(const std::string& name) const;
  store::ServiceAliases service_aliases() const;

  // From the writer's thread:
  void put_service(core::Service service);
  void drop_service(core::ServiceId service);
  void put_rule(engine::CompiledRule rule);
  void drop_rule(core::RuleId rule);
  /// `rules` are those of the import, compiled, in its order.
  void put_import(const store::Import& import, std::vector<engine::CompiledRule> rules);
  void put_token(core::Token token);
  void drop_token(core::TokenId token);
  void put_settings(core::Settings settings);
  void put_secret(core::NamedSecret secret);
  void drop_secret(const std::string& name);

 private:
  Registry() = default;
  void publish();
  void keep(core::Service service);
  void keep(engine::CompiledRule rule);
  void use(engine::Secrets secrets);

  engine::SharedServices services_;
  engine::SharedRules rules_;
  std::shared_ptr<const engine::Secrets> secrets_ = std::make_shared<const engine::Secrets>();
  std::uint64_t version_ = 0;

  mutable std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<const engine::Catalog> catalog_;
  core::Settings settings_;
  std::vector<core::Token> tokens_;
  store::ServiceAliases aliases_;
};

}  // namespace mih::app
