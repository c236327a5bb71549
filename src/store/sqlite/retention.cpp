#include "store/sqlite/retention.hpp"

#include <algorithm>

#include "base/crash_point.hpp"
#include "core/access.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/queue.hpp"

namespace mih::store::sqlite {
namespace {

/// Events removed in one go. Each range leaves pages at its ends that are written again, so a
/// commit waits until a whole chunk is due.
constexpr std::int64_t kChunk = 512;
constexpr std::chrono::days kStatisticsKept{30};

}  // namespace

Retention::Retention(Connection& connection, Ledger& ledger)
    : connection_(connection),
      ledger_(ledger),
      ids_(connection,
           "SELECT seq, accepted_ms FROM local_integrationhub_eventid ORDER BY seq LIMIT ?"),
      remove_ids_(connection, "DELETE FROM local_integrationhub_eventid WHERE seq <= ?"),
      events_(connection,
              "SELECT seq, accepted_ms FROM local_integrationhub_event"
              " WHERE seq BETWEEN ? AND ? ORDER BY seq"),
      pending_of_(connection,
                  "SELECT DISTINCT event_seq FROM local_integrationhub_pending"
                  " WHERE service_id = ? AND event_seq BETWEEN ? AND ?"),
      remove_events_(connection,
                     "DELETE FROM local_integrationhub_event WHERE seq BETWEEN ? AND ?"),
      remove_outcomes_(connection,
                       "DELETE FROM local_integrationhub_delivery"
                       " WHERE event_seq BETWEEN ? AND ?"),
      fan_out_of_(connection, "SELECT fan_out FROM local_integrationhub_event WHERE seq = ?"),
      count_outcomes_(connection,
                      "SELECT count(*) FROM local_integrationhub_delivery WHERE event_seq = ?"),
      old_letters_(connection,
                   "SELECT id, created_ms FROM local_integrationhub_dlq"
                   " WHERE replaying = 0 ORDER BY id LIMIT ?"),
      remove_letter_(connection, "DELETE FROM local_integrationhub_dlq WHERE id = ?"),
      remove_audit_(connection,
                    "DELETE FROM local_integrationhub_audit WHERE id IN (SELECT id FROM"
                    " local_integrationhub_audit WHERE time_ms < ? ORDER BY time_ms LIMIT ?)"),
      stat_services_(connection,
                     "SELECT service_id FROM local_integrationhub_stat WHERE service_id > ?"
                     " ORDER BY service_id LIMIT 1"),
      stat_minutes_(connection,
                    "SELECT minute FROM local_integrationhub_stat"
                    " WHERE service_id = ? AND minute < ? ORDER BY minute LIMIT ?"),
      remove_minutes_(connection,
                      "DELETE FROM local_integrationhub_stat"
                      " WHERE service_id = ? AND minute <= ?") {}

bool Retention::prune_ids(WallTime now, std::int64_t budget) {
  const WallTime limit = now - kIdWindow;
  if (oldest_id_ && *oldest_id_ > limit) return false;
  std::int64_t last = 0;
  bool more = false;
  oldest_id_.reset();
  {
    Rows rows = ids_.query(budget + 1);
    for (std::int64_t i = 0; rows.next(); ++i) {
      const WallTime accepted = rows.time_ms(1);
      more = i == budget && accepted <= limit;
      if (accepted > limit || i == budget) {
        oldest_id_ = accepted;
        break;
      }
      last = rows.integer(0);
    }
  }
  if (last != 0) remove_ids_.run(last);
  return more;
}

std::optional<std::int64_t> Retention::last_due(const core::Settings& settings, WallTime now) {
  const std::int64_t bound = std::min(ledger_.head.low_water - 1, ledger_.head.pruned + kChunk - 1);
  const WallTime oldest = now - settings.event_retention;
  std::int64_t last = std::min(ledger_.head.last_seq - settings.event_retention_count, bound);
  if (last < bound) {
    Rows rows = events_.query(std::max(ledger_.head.pruned, last + 1), bound);
    while (rows.next() && rows.time_ms(1) < oldest)
      last = std::max(last, rows.integer(0));
  }
  if (last < ledger_.head.pruned) return std::nullopt;
  return last;
}

std::optional<std::int64_t> Retention::chunk_due(const core::Settings& settings, WallTime now) {
  const std::int64_t last = ledger_.head.pruned + kChunk - 1;
  if (last >= ledger_.head.low_water) return std::nullopt;
  if (last <= ledger_.head.last_seq - settings.event_retention_count) return last;
  if (!chunk_time_) {
    Rows rows = events_.query(last, INT64_MAX);
    if (rows.next()) chunk_time_ = rows.time_ms(1);
  }
  if (!chunk_time_ || *chunk_time_ >= now - settings.event_retention) return std::nullopt;
  return last;
}

std::vector<std::int64_t> Retention::open_events(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> open;
  ledger_.each_lane([&](core::ServiceId service, const LaneCounters& lane) {
    if (lane.pending_rows == 0) return;
    Rows rows = pending_of_.query(service, first, last);
    while (rows.next())
      open.push_back(rows.integer(0));
  });
  std::ranges::sort(open);
  return open;
}

std::int64_t Retention::remove_events(std::int64_t first, std::int64_t last) {
  if (last < first) return 0;
  const std::int64_t events = remove_events_.run(first, last);
  crash_point(CrashPoint::kInPrune);
  return events + remove_outcomes_.run(first, last);
}

bool Retention::prune_events(const core::Settings& settings, WallTime now, std::int64_t budget,
                             Amount amount) {
  while (budget > 0 && connection_.ok()) {
    const auto last =
        amount == Amount::kWholeChunks ? chunk_due(settings, now) : last_due(settings, now);
    if (!last) return false;
    std::int64_t from = ledger_.head.pruned;
    for (const std::int64_t open : open_events(from, *last)) {
      budget -= remove_events(from, open - 1);
      from = open + 1;
    }
    budget -= remove_events(from, *last) + 1;
    ledger_.head.pruned = *last + 1;
    chunk_time_.reset();
  }
  return true;
}

bool Retention::is_due(const core::Settings& settings, WallTime now, core::EventSeq event) {
  Rows rows = events_.query(event, event);
  if (!rows.next()) return false;
  const WallTime accepted = rows.time_ms(1);
  if (accepted > now - kSettling) return false;
  return event.value <= ledger_.head.last_seq - settings.event_retention_count ||
         accepted < now - settings.event_retention;
}

core::KeptSince Retention::kept_since(const core::Settings& settings, WallTime now) {
  const WallTime oldest = now - settings.event_retention;
  Rows rows = events_.query(ledger_.head.pruned, INT64_MAX);
  return {.examples = rows.next() ? std::max(oldest, rows.time_ms(1)) : oldest, .samples = oldest};
}

void Retention::ended(core::EventSeq event) {
  if (event.value >= ledger_.head.pruned) return;
  std::size_t deliveries = 0;
  {
    Rows rows = fan_out_of_.query(event);
    if (!rows.next()) return;
    deliveries = decode_fan_out(rows.blob(0)).size();
  }
  std::int64_t finished = 0;
  {
    Rows rows = count_outcomes_.query(event);
    if (rows.next()) finished = rows.integer(0);
  }
  if (finished >= static_cast<std::int64_t>(deliveries)) remove_events(event.value, event.value);
}

bool Retention::prune_dead_letters(const core::Settings& settings, WallTime now,
                                   std::int64_t budget) {
  if (settings.dead_letter_retention == 0) return false;
  const WallTime oldest = now - std::chrono::days{settings.dead_letter_retention};
  std::vector<std::int64_t> letters;
  {
    Rows rows = old_letters_.query(budget);
    while (rows.next() && rows.time_ms(1) < oldest)
      letters.push_back(rows.integer(0));
  }
  for (const std::int64_t letter : letters) {
    ledger_.head.dead_letters -= remove_letter_.run(letter);
  }
  return std::ssize(letters) >= budget;
}

bool Retention::prune_statistics(WallTime now, std::int64_t budget) {
  const auto hour = std::chrono::floor<std::chrono::hours>(now);
  if (hour == statistics_pruned_) return false;
  const auto oldest =
      std::chrono::duration_cast<std::chrono::minutes>((hour - kStatisticsKept).time_since_epoch())
          .count();
  std::int64_t service = -1;
  while (budget > 0 && connection_.ok()) {
    {
      Rows rows = stat_services_.query(service);
      if (!rows.next()) {
        statistics_pruned_ = hour;
        return false;
      }
      service = rows.integer(0);
    }
    std::int64_t last = 0;
    {
      Rows rows = stat_minutes_.query(service, oldest, budget);
      while (rows.next())
        last = rows.integer(0);
    }
    if (last != 0) budget -= remove_minutes_.run(service, last);
  }
  return true;
}

bool Retention::prune_audit(WallTime now, std::int64_t budget) {
  return remove_audit_.run(now - core::kAuditKept, budget) >= budget;
}

}  // namespace mih::store::sqlite
