#include "store/sqlite/call_journal.hpp"

#include <algorithm>

namespace mih::store::sqlite {
namespace {

constexpr std::chrono::milliseconds kHoldBack{250};
/// With an unlimited log: rows that are held before they are written at once.
constexpr std::size_t kMaxHeld = 10'000;

}  // namespace

CallJournal::CallJournal(Connection& connection)
    : connection_(connection),
      insert_log_(connection,
                  "INSERT INTO local_integrationhub_log (serviceid, endpoint, http_method,"
                  " http_status, latency_ms, attempt_count, success, error_message, timecreated,"
                  " direction, kind, eventname, delivery_id, created_ms)"
                  " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      last_log_(connection, "SELECT max(id) FROM local_integrationhub_log"),
      first_log_(connection, "SELECT min(id) FROM local_integrationhub_log"),
      remove_log_(connection, "DELETE FROM local_integrationhub_log WHERE id <= ?"),
      find_counts_(connection,
                   "SELECT accepted, delivered, dead, calls, failed, latency_sum_ms, latency"
                   " FROM local_integrationhub_stat WHERE service_id = ? AND minute = ?"),
      save_counts_(connection,
                   "INSERT OR REPLACE INTO local_integrationhub_stat"
                   " VALUES (?,?,?,?,?,?,?,?,?)") {}

CallJournal::Counts& CallJournal::counts(core::ServiceId service, WallTime time) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
  return counts_[{service, minute}];
}

void CallJournal::add(std::vector<CallRecord>& calls, std::int64_t max_log_entries) {
  for (auto& call : calls) {
    Counts& count = counts(call.service, call.time);
    ++count.calls;
    if (!call.success) ++count.failed;
    count.latency_sum_ms += call.latency.count();
    count.latency.add(call.latency);
    WallTime& used = used_[call.service];
    used = std::max(used, call.time);
    rows_.push_back(std::move(call));
  }
  if (max_log_entries == 0) return;
  while (std::ssize(rows_) > max_log_entries)
    rows_.pop_front();
}

void CallJournal::count_accepted(WallTime now, std::int64_t events) {
  if (events > 0) counts({}, now).accepted += events;
}

void CallJournal::count_ended(WallTime now, core::ServiceId service, bool delivered) {
  Counts& count = counts(service, now);
  ++(delivered ? count.delivered : count.dead);
}

bool CallJournal::due(WallTime now) const {
  if (rows_.empty() && counts_.empty()) return false;
  // A clock that was set back must not stop the writing.
  return now >= last_write_ + kHoldBack || now < last_write_ || rows_.size() > kMaxHeld;
}

void CallJournal::write(std::int64_t max_log_entries) {
  for (const auto& call : rows_)
    write_log_row(call);
  for (const auto& [key, count] : counts_)
    write_counts(key.first, key.second, count);
  prune_log(max_log_entries, std::ssize(rows_) * 2);
}

void CallJournal::written(WallTime now) {
  rows_.clear();
  counts_.clear();
  used_.clear();
  last_write_ = now;
}

void CallJournal::write_log_row(const CallRecord& call) {
  insert_log_.run(call.service, call.endpoint, call.http_method, call.http_status,
                  static_cast<std::int64_t>(call.latency.count()), call.attempt_count, call.success,
                  call.error_message, to_unix_s(call.time), call.inbound ? "inbound" : "outbound",
                  name_of(call.kind), call.eventname, call.delivery_id, call.time);
}

void CallJournal::write_counts(core::ServiceId service, std::int64_t minute, Counts counts) {
  {
    Rows rows = find_counts_.query(service, minute);
    if (rows.next()) {
      counts.accepted += rows.integer(0);
      counts.delivered += rows.integer(1);
      counts.dead += rows.integer(2);
      counts.calls += rows.integer(3);
      counts.failed += rows.integer(4);
      counts.latency_sum_ms += rows.integer(5);
      counts.latency.add_encoded(rows.blob(6));
    }
  }
  const std::string latency = counts.latency.encode();
  save_counts_.run(service, minute, counts.accepted, counts.delivered, counts.dead, counts.calls,
                   counts.failed, counts.latency_sum_ms, Blob{latency});
}

bool CallJournal::prune_log(std::int64_t max_log_entries, std::int64_t budget) {
  if (max_log_entries == 0) return false;
  std::int64_t first = 0;
  std::int64_t last = 0;
  {
    Rows rows = last_log_.query();
    if (rows.next()) last = rows.integer(0);
  }
  {
    Rows rows = first_log_.query();
    if (rows.next()) first = rows.integer(0);
  }
  const std::int64_t keep_from = last - max_log_entries + 1;
  if (last == 0 || first >= keep_from) return false;
  remove_log_.run(std::min(keep_from - 1, first + budget - 1));
  return first + budget < keep_from;
}

void CallJournal::clear_log() {
  connection_.execute("DELETE FROM local_integrationhub_log");
}

}  // namespace mih::store::sqlite
