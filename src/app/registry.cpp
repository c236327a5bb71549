#include "app/registry.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace mih::app {
namespace {

/// Replaces the item with the same id, or adds it; keeps the order of ids.
template <class T, class IdOf>
void put(std::vector<T>& items, T item, IdOf id_of) {
  const auto at = std::ranges::lower_bound(items, id_of(item), {}, id_of);
  if (at != items.end() && id_of(*at) == id_of(item)) {
    *at = std::move(item);
  } else {
    items.insert(at, std::move(item));
  }
}

core::ServiceId id_of_service(const std::shared_ptr<const core::Service>& service) {
  return service->id;
}
core::RuleId id_of_rule(const std::shared_ptr<const engine::CompiledRule>& rule) {
  return rule->rule.id;
}
core::TokenId id_of_token(const core::Token& token) {
  return token.id;
}

/// Puts a changed copy in place of each rule that is concerned.
template <class Concerned, class Change>
void change_rules(engine::SharedRules& rules, Concerned concerned, Change change) {
  for (auto& rule : rules) {
    if (!concerned(*rule)) continue;
    auto changed = std::make_shared<engine::CompiledRule>(*rule);
    change(*changed);
    rule = std::move(changed);
  }
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::load(store::Reader& reader,
                                                 std::vector<std::string>& warnings) {
  std::unique_ptr<Registry> registry(new Registry);
  auto services = reader.services();
  if (!services) return fail(services);
  auto rules = reader.rules();
  if (!rules) return fail(rules);
  auto tokens = reader.tokens();
  if (!tokens) return fail(tokens);
  auto secrets = reader.secrets();
  if (!secrets) return fail(secrets);
  auto settings = reader.settings();
  if (!settings) return fail(settings);
  auto aliases = reader.aliases();
  if (!aliases) return fail(aliases);
  engine::Secrets named;
  for (auto& secret : *secrets)
    named.values.emplace(std::move(secret.name), std::move(secret.value));
  registry->secrets_ = std::make_shared<const engine::Secrets>(std::move(named));
  for (auto& service : *services)
    registry->keep(std::move(service));
  for (auto& rule : *rules) {
    auto compiled = engine::compile_rule(rule);
    if (!compiled) {
      warnings.push_back(fmt::format("Rule {} ({}) is disabled, it cannot be used: {}",
                                     rule.id.value, rule.name, compiled.error().detail));
      rule.enabled = false;
      compiled = engine::CompiledRule{};
      compiled->rule = std::move(rule);
    }
    registry->keep(std::move(*compiled));
  }
  for (auto& token : *tokens)
    put(registry->tokens_, std::move(token), id_of_token);
  registry->settings_ = *settings;
  registry->aliases_ = std::move(*aliases);
  registry->publish();
  return registry;
}

void Registry::publish() {
  auto catalog = std::make_shared<const engine::Catalog>(++version_, services_, rules_, secrets_);
  const std::lock_guard lock(mutex_);
  catalog_ = std::move(catalog);
}

std::shared_ptr<const engine::Catalog> Registry::catalog() const {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

core::Settings Registry::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::optional<core::Token> Registry::find_token(const Sha256& hash) const {
  const std::string_view wanted(reinterpret_cast<const char*>(hash.data()), hash.size());
  const std::lock_guard lock(mutex_);
  for (const auto& token : tokens_) {
    const std::string_view known(reinterpret_cast<const char*>(token.hash.data()),
                                 token.hash.size());
    if (equal_constant_time(known, wanted)) return token;
  }
  return std::nullopt;
}

std::optional<core::ServiceId> Registry::service_by_alias(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = aliases_.find(name);
  return found == aliases_.end() ? std::nullopt : std::optional(found->second);
}

store::ServiceAliases Registry::service_aliases() const {
  const std::lock_guard lock(mutex_);
  return aliases_;
}

void Registry::put_import(const store::Import& import, std::vector<engine::CompiledRule> rules) {
  for (const auto& one : import.services) {
    keep(one.service);
    const std::lock_guard lock(mutex_);
    if (!one.alias.empty()) aliases_.emplace(one.alias, one.service.id);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    rules[i].rule = import.rules[i].rule;
    keep(std::move(rules[i]));
  }
  publish();
}

void Registry::keep(core::Service service) {
  put(services_, std::make_shared<const core::Service>(std::move(service)), id_of_service);
}

void Registry::keep(engine::CompiledRule rule) {
  rule.secrets = secrets_;
  put(rules_, std::make_shared<const engine::CompiledRule>(std::move(rule)), id_of_rule);
}

void Registry::put_service(core::Service service) {
  change_rules(
      rules_,
      [&](const engine::CompiledRule& compiled) {
        return compiled.rule.service == service.id && compiled.rule.service_name != service.name;
      },
      [&](engine::CompiledRule& compiled) { compiled.rule.service_name = service.name; });
  keep(std::move(service));
  publish();
}

void Registry::drop_service(core::ServiceId service) {
  std::erase_if(services_, [&](const auto& known) { return known->id == service; });
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(aliases_, [&](const auto& alias) { return alias.second == service; });
  }
  change_rules(
      rules_,
      [&](const engine::CompiledRule& compiled) { return compiled.rule.service == service; },
      [](engine::CompiledRule& compiled) {
        compiled.rule.enabled = false;
        compiled.rule.service = {};
      });
  publish();
}

void Registry::put_rule(engine::CompiledRule rule) {
  keep(std::move(rule));
  publish();
}

void Registry::drop_rule(core::RuleId rule) {
  std::erase_if(rules_, [&](const auto& known) { return known->rule.id == rule; });
  publish();
}

void Registry::put_secret(core::NamedSecret secret) {
  auto secrets = *secrets_;
  secrets.values[std::move(secret.name)] = std::move(secret.value);
  use(std::move(secrets));
}

void Registry::drop_secret(const std::string& name) {
  auto secrets = *secrets_;
  secrets.values.erase(name);
  use(std::move(secrets));
}

void Registry::use(engine::Secrets secrets) {
  secrets_ = std::make_shared<const engine::Secrets>(std::move(secrets));
  change_rules(
      rules_, [](const engine::CompiledRule&) { return true; },
      [this](engine::CompiledRule& compiled) { compiled.secrets = secrets_; });
  publish();
}

void Registry::put_token(core::Token token) {
  const std::lock_guard lock(mutex_);
  put(tokens_, std::move(token), id_of_token);
}

void Registry::drop_token(core::TokenId token) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [&](const auto& t) { return t.id == token; });
}

void Registry::put_settings(core::Settings settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
}

}  // namespace mih::app
