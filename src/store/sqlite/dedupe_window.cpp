#include "store/sqlite/dedupe_window.hpp"

namespace mih::store::sqlite {

DedupeWindow::DedupeWindow(Connection& connection, std::int64_t max_keys)
    : connection_(connection),
      max_keys_(max_keys),
      find_(connection,
            "SELECT until_ms FROM local_integrationhub_dedupe"
            " WHERE rule_id = ? AND site = ? AND key = ?"),
      put_(connection, "INSERT OR REPLACE INTO local_integrationhub_dedupe VALUES (?,?,?,?,?,?)"),
      count_(connection, "SELECT count(*) FROM local_integrationhub_dedupe WHERE rule_id = ?"),
      evict_(connection,
             "DELETE FROM local_integrationhub_dedupe WHERE rule_id = ?1 AND (site, key) IN"
             " (SELECT site, key FROM local_integrationhub_dedupe WHERE rule_id = ?1"
             " ORDER BY until_ms LIMIT 1)"),
      free_(connection,
            "DELETE FROM local_integrationhub_dedupe WHERE event_seq = ? AND ordinal = ?"
            " RETURNING rule_id"),
      next_rule_(connection,
                 "SELECT min(rule_id) FROM local_integrationhub_dedupe WHERE rule_id > ?"),
      prune_(connection,
             "DELETE FROM local_integrationhub_dedupe WHERE rule_id = ?1 AND (site, key) IN"
             " (SELECT site, key FROM local_integrationhub_dedupe"
             " WHERE rule_id = ?1 AND until_ms <= ?2 ORDER BY until_ms LIMIT ?3)") {}

bool DedupeWindow::knows(core::RuleId rule, std::string_view site, const core::Dedupe& dedupe,
                         WallTime at) {
  Rows rows = find_.query(rule, site, Blob{dedupe.key});
  return rows.next() && rows.time_ms(0) > at;
}

void DedupeWindow::begin(core::RuleId rule, std::string_view site, const core::Dedupe& dedupe,
                         WallTime at, core::DeliveryKey delivery) {
  std::int64_t& keys = count(rule);
  bool is_new = true;
  {
    Rows rows = find_.query(rule, site, Blob{dedupe.key});
    is_new = !rows.next();
  }
  if (is_new && keys >= max_keys_) keys -= evict_.run(rule);
  put_.run(rule, site, Blob{dedupe.key}, at + dedupe.window, delivery.event, delivery.ordinal);
  if (is_new) ++keys;
}

void DedupeWindow::free(core::DeliveryKey delivery) {
  Rows rows = free_.query(delivery.event, delivery.ordinal);
  while (rows.next()) {
    const auto counted = counts_.find(core::RuleId{rows.integer(0)});
    if (counted != counts_.end()) --counted->second;
  }
}

bool DedupeWindow::prune(WallTime now, std::int64_t limit) {
  core::RuleId rule;
  while (limit > 0 && connection_.ok()) {
    {
      Rows rows = next_rule_.query(rule);
      if (!rows.next() || rows.is_null(0)) return false;
      rule.value = rows.integer(0);
    }
    const auto removed = prune_.run(rule, now, limit);
    if (removed > 0) counts_.erase(rule);
    limit -= removed;
  }
  return true;
}

std::int64_t& DedupeWindow::count(core::RuleId rule) {
  const auto [entry, unknown] = counts_.try_emplace(rule);
  if (unknown) {
    Rows rows = count_.query(rule);
    if (rows.next()) entry->second = rows.integer(0);
  }
  return entry->second;
}

}  // namespace mih::store::sqlite
