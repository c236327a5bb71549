#include "store/sqlite/call_journal.hpp"

#include <algorithm>

#include "store/sqlite/codec.hpp"
#include "store/sqlite/rows.hpp"

namespace mih::store::sqlite {
namespace {

constexpr std::chrono::milliseconds kHoldBack{250};
/// With an unlimited log: rows that are held before they are written at once.
constexpr std::size_t kMaxHeld = 10'000;
/// The counts of all services together.
constexpr core::ServiceId kTogether{};

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
      find_counts_(connection, std::string{"SELECT "} + kCountsColumns +
                                   " FROM local_integrationhub_stat"
                                   " WHERE service_id = ? AND minute = ?"),
      save_counts_(connection, std::string{"INSERT OR REPLACE INTO local_integrationhub_stat ("} +
                                   kCountsColumns + ", service_id)" +
                                   " VALUES (?,?,?,?,?,?,?,?,?,?,?)") {}

core::Counts& CallJournal::counts(core::ServiceId service, std::int64_t minute) {
  return counts_[{service, minute}];
}

void CallJournal::add(std::vector<CallRecord>& calls, std::int64_t max_log_entries) {
  for (auto& call : calls) {
    for (const auto service : {call.service, kTogether}) {
      // How well Moodle answers is no figure of the service.
      if (call.inbound || !call.was_made()) break;
      core::Counts& count = counts(service, unix_minute(call.time));
      count.add_call(call.latency, call.success);
      count.retried += call.repeats();
    }
    if (call.was_made()) {
      WallTime& used = used_[call.service];
      used = std::max(used, call.time);
    }
    rows_.push_back(std::move(call));
  }
  if (max_log_entries == 0) return;
  while (std::ssize(rows_) > max_log_entries)
    rows_.pop_front();
}

void CallJournal::count_accepted(WallTime now, std::int64_t events) {
  if (events > 0) counts(kTogether, unix_minute(now)).accepted += events;
}

void CallJournal::count(WallTime now, core::ServiceId service, Step step) {
  const std::int64_t minute = unix_minute(now);
  core::Counts& own = counts(service, minute);
  core::Counts& all = counts(kTogether, minute);
  switch (step) {
    case Step::kCreated:
      ++own.accepted;
      break;
    case Step::kRetried:
      ++own.retried, ++all.retried;
      break;
    case Step::kDelivered:
      ++own.delivered, ++all.delivered;
      break;
    case Step::kDead:
      ++own.dead, ++all.dead;
      break;
  }
}

bool CallJournal::sample_backlogs(WallTime now, const Ledger& ledger) {
  const std::int64_t minute = unix_minute(now);
  if (minute != sampled_minute_) sampled_.clear();
  sampled_minute_ = minute;
  bool higher = false;
  const auto sample = [&](core::ServiceId service, std::int64_t backlog) {
    const auto [before, is_first] = sampled_.try_emplace(service, backlog);
    if (!is_first && before->second >= backlog) return;
    before->second = backlog;
    counts(service, minute).sample_backlog(backlog);
    higher = true;
  };
  std::int64_t sum = 0;
  ledger.each_lane([&](core::ServiceId service, const LaneCounters& lane) {
    sum += lane.backlog;
    if (lane.backlog > 0) sample(service, lane.backlog);
  });
  sample(kTogether, sum);
  return higher;
}

bool CallJournal::due(WallTime now, bool others) const {
  if (rows_.empty() && counts_.empty() && !others) return false;
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

void CallJournal::write_counts(core::ServiceId service, std::int64_t minute, core::Counts counts) {
  {
    Rows rows = find_counts_.query(service, minute);
    if (rows.next()) counts.add(read_counts(rows));
  }
  const std::string latency = encode_histogram(counts.latency);
  save_counts_.run(minute, counts.accepted, counts.delivered, counts.dead, counts.calls,
                   counts.failed, counts.retried, counts.latency_sum_ms, Blob{latency},
                   counts.backlog, service);
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
