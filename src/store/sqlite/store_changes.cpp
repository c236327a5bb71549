#include "base/crash_point.hpp"
#include "store/sqlite/store_impl.hpp"

/// What people change: services, rules, tokens, settings, the log.
namespace mih::store::sqlite {
Result<core::Service> SqliteStore::save_service(core::Service service, WallTime now) {
  auto saved = registry_.save_service(std::move(service), now);
  crash_point(CrashPoint::kServiceSaved);
  return saved;
}

Result<void> SqliteStore::save_alerts(const std::vector<core::Alert>& alerts) {
  return registry_.save_alerts(alerts);
}

Result<ServiceDeletion> SqliteStore::remove_service(core::ServiceId service, WallTime) {
  const auto* facts = registry_.service(service);
  const std::int64_t letters = facts ? dead_letters_.count_of(facts->name) : 0;
  if (auto read = connection_->check(); !read) return fail(read);
  auto deletion = registry_.remove_service(service);
  if (!deletion) return deletion;
  crash_point(CrashPoint::kServiceRemoved);
  deletion->pending_dead = ledger_.lane(service).backlog;
  deletion->dead_letters_kept = letters;
  return deletion;
}

Result<core::Rule> SqliteStore::save_rule(core::Rule rule, WallTime now) {
  return registry_.save_rule(std::move(rule), now);
}

Result<void> SqliteStore::remove_rule(core::RuleId rule) {
  auto removed = registry_.remove_rule(rule);
  crash_point(CrashPoint::kRuleRemoved);
  return removed;
}

Result<void> SqliteStore::import(Import& import, WallTime now) {
  return registry_.import(import, now);
}

Result<core::Token> SqliteStore::save_token(core::Token token, WallTime now) {
  return registry_.save_token(std::move(token), now);
}

Result<void> SqliteStore::remove_token(core::TokenId token) {
  return registry_.remove_token(token);
}

Result<void> SqliteStore::save_settings(const core::Settings& settings) {
  auto saved = registry_.save_settings(settings);
  retention_.forget();
  return saved;
}

Result<void> SqliteStore::clear_log() {
  auto cleared = write([&] { journal_.clear_log(); });
  if (cleared) journal_.drop_held_rows();
  return cleared;
}

}  // namespace mih::store::sqlite
