#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <tuple>

#include "store/memory/memory_store.hpp"

/// What people change: services, rules, tokens, settings, the log.
namespace mih::store::memory {
namespace {

/// Gives a new item its id, keeps the creation time of one that is replaced. False: no such item.
template <class Map, class Item>
bool put(Map& items, Item& item, std::int64_t& last_id, WallTime now) {
  item.created = now;
  if (item.id) {
    const auto before = items.find(item.id);
    if (before == items.end()) return false;
    item.created = before->second.created;
  } else {
    item.id.value = ++last_id;
  }
  items[item.id] = item;
  return true;
}

std::unexpected<Error> not_found(std::string_view what, std::int64_t id) {
  return mih::fail(ErrorCode::kNotFound, fmt::format("there is no {} {}", what, id));
}

}  // namespace

const core::Service* MemoryStore::service_named(const std::string& name) const {
  for (const auto& [id, service] : services_) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

Result<core::Service> MemoryStore::save_service(core::Service service, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const core::Service* same_name = service_named(service.name);
  if (same_name && same_name->id != service.id) {
    return mih::fail(
        ErrorCode::kNameTaken,
        fmt::format("a service \"{}\" exists already; choose another name", service.name));
  }
  service.modified = now;
  if (!put(services_, service, last_service_, now)) return not_found("service", service.id.value);
  adopt_rules(service);
  return service;
}

void MemoryStore::adopt_rules(const core::Service& service) {
  for (auto& [id, rule] : rules_) {
    if (rule.service == service.id || (!rule.service && rule.service_name == service.name)) {
      rule.service = service.id;
      rule.service_name = service.name;
    }
  }
}

Result<void> MemoryStore::check_import(const Import& import) const {
  std::set<std::string> names;
  for (const auto& [id, service] : services_)
    names.insert(service.name);
  for (const auto& one : import.services) {
    if (one.service.id || names.insert(one.service.name).second) continue;
    return mih::fail(
        ErrorCode::kNameTaken,
        fmt::format("a service \"{}\" exists already; choose another name", one.service.name));
  }
  for (const auto& one : import.rules) {
    if (names.contains(one.rule.service_name) || !one.rule.enabled) continue;
    return mih::fail(
        ErrorCode::kServiceNotFound,
        fmt::format("there is no service \"{}\"; create it first", one.rule.service_name));
  }
  return {};
}

Result<void> MemoryStore::import(Import& import, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (auto good = check_import(import); !good) return good;
  for (auto& [service, origin, alias] : import.services) {
    if (!service.id) {
      service.modified = now;
      put(services_, service, last_service_, now);
      adopt_rules(service);
    }
    imported_.emplace(origin, service.id.value);
    if (!alias.empty()) aliases_.emplace(alias, service.id);
  }
  for (auto& [rule, origin] : import.rules) {
    const core::Service* service = service_named(rule.service_name);
    rule.service = service ? service->id : core::ServiceId{};
    rule.modified = now;
    put(rules_, rule, last_rule_, now);
    imported_.emplace(origin, rule.id.value);
  }
  return {};
}

Result<Imported> MemoryStore::imported(const std::string& site) {
  const Lock lock{mutex_};
  Imported found;
  for (const auto& [origin, id] : imported_) {
    if (origin.site == site) found[{origin.kind, origin.id}] = id;
  }
  return found;
}

Result<ServiceAliases> MemoryStore::aliases() {
  const Lock lock{mutex_};
  return aliases_;
}

Result<ServiceDeletion> MemoryStore::remove_service(core::ServiceId service, WallTime) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto found = services_.find(service);
  if (found == services_.end()) return not_found("service", service.value);
  ServiceDeletion deletion;
  for (auto& [id, rule] : rules_) {
    if (rule.service != service) continue;
    deletion.rules_disabled += rule.enabled ? 1 : 0;
    rule.service = {};
    rule.enabled = false;
  }
  deletion.pending_dead = lanes_[service].backlog;
  deletion.dead_letters_kept = std::ranges::count_if(letters_, [&](const auto& item) {
    return had_name(item.second.service, found->second.name);
  });
  removed_services_[service] = found->second.name;
  circuits_.erase(service);
  circuit_history_.erase(service);
  std::erase_if(aliases_, [&](const auto& alias) { return alias.second == service; });
  services_.erase(found);
  return deletion;
}

Result<core::Rule> MemoryStore::save_rule(core::Rule rule, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (rule.id && !rules_.contains(rule.id)) return not_found("rule", rule.id.value);
  const auto by_id = services_.find(rule.service);
  const core::Service* service = rule.service
                                     ? (by_id == services_.end() ? nullptr : &by_id->second)
                                     : service_named(rule.service_name);
  if (!service && rule.enabled) {
    return mih::fail(ErrorCode::kServiceNotFound,
                     fmt::format("there is no service \"{}\"; create it first", rule.service_name));
  }
  rule.service = service ? service->id : core::ServiceId{};
  if (service) rule.service_name = service->name;
  rule.modified = now;
  put(rules_, rule, last_rule_, now);
  flagged_.erase(rule.id);
  return rule;
}

Result<void> MemoryStore::remove_rule(core::RuleId rule) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  const auto found = rules_.find(rule);
  if (found == rules_.end()) return not_found("rule", rule.value);
  removed_rules_[rule] = found->second.name;
  rules_.erase(found);
  flagged_.erase(rule);
  rule_hits_.erase(rule);
  return {};
}

Result<core::Token> MemoryStore::save_token(core::Token token, WallTime now) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (!put(tokens_, token, last_token_, now)) return not_found("token", token.id.value);
  return token;
}

Result<void> MemoryStore::remove_token(core::TokenId token) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  if (tokens_.erase(token) == 0) return not_found("token", token.value);
  return {};
}

Result<void> MemoryStore::save_settings(const core::Settings& settings) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  settings_ = settings;
  return {};
}

Result<void> MemoryStore::clear_log() {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  log_.clear();
  return {};
}

Result<void> MemoryStore::save_alerts(const std::vector<core::Alert>& alerts) {
  const Lock lock{mutex_};
  if (failure_) return std::unexpected(*failure_);
  alerts_ = alerts;
  std::ranges::sort(alerts_, {}, [](const core::Alert& alert) {
    return std::tuple{alert.since, alert.service, alert.site, core::name_of(alert.kind)};
  });
  return {};
}

}  // namespace mih::store::memory
