#include "store/sqlite/store_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/crash_point.hpp"
#include "store/sqlite/rows.hpp"

namespace mih::store::sqlite {
namespace {

/// While idle the log is copied when it has this part of the pages that make a commit do it.
constexpr int kIdlePart = 4;
/// Rows that retention may remove within one commit, and in one step of maintain().
constexpr std::int64_t kMaxPrune = 2'000;
constexpr std::size_t kMaxForced = 1'000;

using Step = CallJournal::Step;

void crash_within(const Batch& batch) {
  if (!batch.events.empty()) crash_point(CrashPoint::kInIntakeCommit);
  if (!batch.updates.empty()) crash_point(CrashPoint::kInOutcomeCommit);
  if (!batch.inbound.empty()) crash_point(CrashPoint::kInInboundCommit);
  if (!batch.handed_over.empty()) crash_point(CrashPoint::kInHandOverCommit);
  if (!batch.circuits.empty()) crash_point(CrashPoint::kInCircuitCommit);
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<Directory> directory,
                         std::unique_ptr<Connection> connection, const Options& options)
    : directory_(std::move(directory)),
      key_file_(key_file_of(options)),
      connection_(std::move(connection)),
      max_window_(options.max_window),
      checkpoint_pages_(options.checkpoint_pages),
      give_up_(options.give_up),
      registry_(*connection_),
      queue_(*connection_, ledger_),
      dedupe_(*connection_, options.max_dedupe_keys),
      dead_letters_(*connection_),
      inbound_(*connection_),
      jobs_(*connection_),
      journal_(*connection_),
      learned_(*connection_),
      retention_(*connection_, ledger_),
      save_head_(*connection_,
                 "UPDATE local_integrationhub_head SET events_accepted = ?, duplicates = ?,"
                 " deduplicated = ?, unmatched = ?, created = ?, delivered = ?, dead = ?,"
                 " dead_letters = ?, last_seq = ?, low_water = ?, pruned = ?"),
      save_lane_(*connection_,
                 "INSERT INTO local_integrationhub_svc_state VALUES (?,?,?)"
                 " ON CONFLICT (serviceid) DO UPDATE SET backlog = excluded.backlog,"
                 " last_used_ms = max(last_used_ms, excluded.last_used_ms)"),
      checkpoint_at_(options.checkpoint_pages) {
  sqlite3_wal_hook(
      connection_->handle(),
      [](void* pages, sqlite3*, const char*, int in_wal) {
        *static_cast<int*>(pages) = in_wal;
        return SQLITE_OK;
      },
      &wal_pages_);
}

SqliteStore::~SqliteStore() = default;

Result<void> SqliteStore::recover() {
  registry_.refresh();
  const Head head = read_head(*connection_);
  std::unordered_map<core::ServiceId, LaneCounters> lanes;
  {
    Statement statement{*connection_,
                        "SELECT serviceid, backlog, last_used_ms"
                        " FROM local_integrationhub_svc_state"};
    Rows rows = statement.query();
    while (rows.next()) {
      lanes[core::ServiceId{rows.integer(0)}] = {.backlog = rows.integer(1),
                                                 .last_used = rows.time_ms(2)};
    }
  }
  if (auto read = connection_->check(); !read) return read;
  ledger_.load(head, lanes);
  if (head.low_water <= head.last_seq) {
    auto recovered = write([&] {
      queue_.recover();
      crash_point(CrashPoint::kInRecovery);
    });
    if (!recovered) return recovered;
  }
  // From here on every open delivery has its row.
  for (auto& [service, lane] : lanes)
    lane.pending_rows = lane.backlog;
  Head recovered = ledger_.head;
  ledger_.load(recovered, std::move(lanes));
  return write([&] { jobs_.drop_unstarted(); });
}

Result<void> SqliteStore::write(const std::function<void()>& work) {
  checkpoint(checkpoint_at_);
  Transaction transaction{*connection_, Transaction::Kind::kWrite};
  ledger_.begin();
  work();
  write_ledger();
  if (auto done = transaction.commit(); !done) {
    ledger_.undo();
    retention_.forget();
    dedupe_.forget_counts();
    return done;
  }
  ledger_.end();
  return {};
}

void SqliteStore::write_ledger() {
  Head& head = ledger_.head;
  head.low_water = std::max(head.low_water, ledger_.reached());
  const core::Totals& totals = head.totals;
  if (ledger_.head_changed()) {
    save_head_.run(totals.events_accepted, totals.duplicates, totals.deduplicated, totals.unmatched,
                   totals.created, totals.delivered, totals.dead, head.dead_letters, head.last_seq,
                   head.low_water, head.pruned);
  }
  for (const auto& [service, before] : ledger_.changed()) {
    const LaneCounters& lane = ledger_.lane(service);
    if (lane.backlog == before.backlog && lane.last_used == before.last_used) continue;
    save_lane_.run(service, lane.backlog, lane.last_used);
  }
}

Result<void> SqliteStore::commit(Batch& batch) {
  const std::int64_t accepted_before = ledger_.head.totals.events_accepted;
  const bool write_journal = journal_.due(batch.now, !learned_.empty());
  batch.ready.clear();
  steps_.clear();
  const auto size = static_cast<std::int64_t>(batch.events.size() + batch.updates.size());
  auto done = write([&] {
    for (auto& entry : batch.events)
      accept(entry, batch);
    for (auto& item : batch.updates)
      update(item, batch.now);
    for (auto& entry : batch.inbound)
      accept(entry, batch.now);
    for (auto& outcome : batch.handed_over)
      end(outcome);
    for (const auto& circuit : batch.circuits) {
      if (registry_.service(circuit.service)) registry_.save_circuit(circuit);
    }
    crash_within(batch);
    if (write_journal) write_held_back();
    queue_.force_oldest([this](core::EventSeq event) { return is_beyond_window(event); },
                        kMaxForced);
    const std::int64_t budget = std::min(kMaxPrune, 100 + 2 * size);
    retention_.prune_ids(batch.now, budget);
    retention_.prune_events(registry_.settings(), batch.now, budget,
                            Retention::Amount::kWholeChunks);
  });
  if (!done) {
    batch.ready.clear();
    for (auto& entry : batch.events)
      entry.event->seq = {};
    return done;
  }
  crash_point(CrashPoint::kCommitted);
  if (write_journal) held_back_is_written(batch.now);
  journal_.add(batch.calls, registry_.settings().max_log_entries);
  journal_.count_accepted(batch.now, ledger_.head.totals.events_accepted - accepted_before);
  for (const auto& [service, step] : steps_)
    journal_.count(batch.now, service, step);
  learned_.count_hits(batch.events, batch.now);
  return {};
}

void SqliteStore::accept(EventEntry& entry, Batch& batch) {
  core::Totals& totals = ledger_.head.totals;
  core::Event& event = *entry.event;
  const bool is_call = event.name.empty();
  const bool is_known = entry.imported && !registry_.note_imported(entry.imported->origin);
  if (is_known || !queue_.claim(event, batch.now)) {
    entry.outcome = EventEntry::Outcome::kDuplicate;
    event.seq = {};
    if (!is_call) ++totals.duplicates;
    return;
  }
  entry.outcome = EventEntry::Outcome::kAccepted;
  if (!is_call) ++totals.events_accepted;
  if (entry.fan_out.empty()) ++totals.unmatched;
  deduplicate(entry);
  queue_.append(event, entry.fan_out);
  std::uint32_t fresh = 0;
  for (std::uint32_t ordinal = 0; ordinal < entry.fan_out.size(); ++ordinal) {
    const core::FanOut& decided = entry.fan_out[ordinal];
    const core::DeliveryKey key{event.seq, ordinal};
    ++totals.created;
    if (entry.has_ended()) {
      entry.imported->letter->key = key;
      end_unsent(*entry.imported->letter, batch.now);
      continue;
    }
    steps_.emplace_back(decided.service, Step::kCreated);
    if (!open_delivery(key, decided, entry.event, batch.now)) continue;
    ++fresh;
    batch.ready.push_back({.key = key,
                           .rule = decided.rule,
                           .service = decided.service,
                           .ordering_key = decided.ordering_key,
                           .event = entry.event,
                           .progress = {},
                           .replay_of = {}});
  }
  ledger_.append(fresh);
}

void SqliteStore::deduplicate(EventEntry& entry) {
  const core::Event& event = *entry.event;
  const auto repeats = std::erase_if(entry.fan_out, [&](const core::FanOut& made) {
    return made.dedupe && dedupe_.knows(made.rule, event.site, *made.dedupe, event.accepted);
  });
  ledger_.head.totals.deduplicated += static_cast<std::int64_t>(repeats);
}

bool SqliteStore::open_delivery(core::DeliveryKey key, const core::FanOut& decided,
                                const core::EventPtr& event, WallTime now) {
  LaneCounters& lane = ledger_.change(decided.service);
  const auto* facts = registry_.service(decided.service);
  if (facts && lane.backlog >= facts->max_backlog) {
    overflow(key, decided, event, now);
    return false;
  }
  if (decided.dedupe) {
    dedupe_.begin(decided.rule, event->site, *decided.dedupe, event->accepted, key);
  }
  ++lane.backlog;
  if (lane.flowing) return true;
  queue_.spill(key, decided);
  return false;
}

void SqliteStore::overflow(core::DeliveryKey key, const core::FanOut& decided,
                           const core::EventPtr& event, WallTime now) {
  const auto* facts = registry_.service(decided.service);
  const std::string* rule_name = registry_.rule_name(decided.rule);
  core::DeadLetter letter;
  letter.key = key;
  letter.delivery_id = core::delivery_id(event->site, event->id, decided.rule);
  letter.reason = core::DeadReason::kOverflow;
  letter.event = event;
  letter.rule = decided.rule;
  if (rule_name) letter.rule_name = *rule_name;
  letter.service = decided.service;
  letter.service_name = facts->name;
  letter.error_message = fmt::format("the backlog of service {} is full ({} deliveries)",
                                     facts->name, facts->max_backlog);
  letter.ordering_key = decided.ordering_key;
  letter.created = now;
  end_unsent(letter, now);
  steps_.emplace_back(decided.service, Step::kDead);
}

void SqliteStore::end_unsent(core::DeadLetter& letter, WallTime now) {
  dead_letters_.insert(letter);
  DeliveryUpdate outcome;
  outcome.key = letter.key;
  outcome.rule = letter.rule;
  outcome.service = letter.service;
  outcome.progress.state = core::DeliveryState::kDead;
  outcome.progress.attempts = letter.attempts;
  queue_.add_outcome(outcome, now);
  ++ledger_.head.dead_letters;
  ++ledger_.head.totals.dead;
}

void SqliteStore::update(DeliveryUpdate& item, WallTime now) {
  using enum core::DeliveryState;
  const core::DeliveryState state = item.progress.state;
  if (state != kDelivered && state != kDead) {
    if (queue_.wait(item) && state == kRetrying) {
      steps_.emplace_back(item.service, Step::kRetried);
      LaneCounters& lane = ledger_.change(item.service);
      lane.last_used = std::max(lane.last_used, now);
    }
    return;
  }
  queue_.complete_letter(item);
  if (!queue_.finish(item, now)) return;
  steps_.emplace_back(item.service, state == kDelivered ? Step::kDelivered : Step::kDead);
  core::Totals& totals = ledger_.head.totals;
  if (state == kDelivered) {
    ++totals.delivered;
    if (item.replay_of && dead_letters_.erase(item.replay_of)) --ledger_.head.dead_letters;
  } else {
    ++totals.dead;
    dedupe_.free(item.key);
    if (item.gone) registry_.flag_rule(item.rule, now);
    bury(item);
  }
  retention_.ended(item.key.event);
}

void SqliteStore::bury(DeliveryUpdate& item) {
  if (!item.letter) return;
  registry_.name_removed(*item.letter);
  if (item.replay_of && dead_letters_.replace(item.replay_of, *item.letter)) return;
  dead_letters_.insert(*item.letter);
  ++ledger_.head.dead_letters;
}

void SqliteStore::write_held_back() {
  journal_.write(registry_.settings().max_log_entries);
  learned_.write();
  crash_point(CrashPoint::kInJournalWrite);
  for (const auto& [service, time] : journal_.used()) {
    LaneCounters& lane = ledger_.change(service);
    lane.last_used = std::max(lane.last_used, time);
  }
}

void SqliteStore::held_back_is_written(WallTime now) {
  journal_.written(now);
  learned_.written();
}

void SqliteStore::spill(core::ServiceId service) {
  ledger_.set_flowing(service, false);
}

Result<Window> SqliteStore::load(core::ServiceId service, std::optional<core::DeliveryKey> after,
                                 std::size_t limit) {
  Window window = queue_.load(service, after, limit);
  if (auto read = connection_->check(); !read) return fail(read);
  if (window.drained) ledger_.set_flowing(service, true);
  return window;
}

Result<std::vector<core::Delivery>> SqliteStore::load_of_rule(core::ServiceId service,
                                                              core::RuleId rule,
                                                              core::DeliveryKey after,
                                                              std::size_t limit) {
  auto deliveries = queue_.load_of_rule(service, rule, after, limit);
  if (auto read = connection_->check(); !read) return fail(read);
  return deliveries;
}

Result<void> SqliteStore::bring_forward(core::ServiceId service, core::DeliveryKey key,
                                        WallTime now) {
  return write([&] { queue_.bring_forward(service, key, now); });
}

Result<std::optional<core::Delivery>> SqliteStore::load_one(core::ServiceId service,
                                                            core::DeliveryKey key) {
  auto delivery = queue_.load_one(service, key);
  if (auto read = connection_->check(); !read) return fail(read);
  return delivery;
}

bool SqliteStore::is_beyond_window(core::EventSeq event) const {
  return ledger_.head.last_seq - event.value + 1 > static_cast<std::int64_t>(max_window_);
}

Result<void> SqliteStore::flush(WallTime now) {
  auto done = write([&] { write_held_back(); });
  if (done) held_back_is_written(now);
  return done;
}

Result<bool> SqliteStore::maintain(WallTime now) {
  bool more = false;
  const core::Settings& settings = registry_.settings();
  const bool sampled = journal_.sample_backlogs(now, ledger_);
  core::KeptSince since;
  auto done = write([&] {
    if (sampled) write_held_back();
    more |= retention_.prune_ids(now, kMaxPrune);
    more |= inbound_.prune_ids(now, kMaxPrune);
    more |= dedupe_.prune(now, kMaxPrune);
    // What waits since long does not keep those behind it.
    more |= queue_.force_oldest(
        [&](core::EventSeq event) {
          return is_beyond_window(event) || retention_.is_due(settings, now, event);
        },
        kMaxForced);
    ledger_.head.low_water = std::max(ledger_.head.low_water, ledger_.reached());
    more |= retention_.prune_events(settings, now, kMaxPrune, Retention::Amount::kEverything);
    since = retention_.kept_since(settings, now);
    more |= learned_.prune(since, kMaxPrune);
    more |= retention_.prune_dead_letters(settings, now, kMaxPrune / 10);
    more |= retention_.prune_statistics(now, kMaxPrune);
    more |= retention_.prune_audit(now, kMaxPrune);
    more |= journal_.prune_log(settings.max_log_entries, kMaxPrune);
  });
  if (!done) return fail(done);
  learned_.pruned(since);
  if (sampled) held_back_is_written(now);
  if (!more) checkpoint(checkpoint_pages_ / kIdlePart);
  return more;
}

void SqliteStore::checkpoint(int pages) {
  if (wal_pages_ < pages || !connection_->ok()) return;
  // A checkpoint that cannot write leaves everything as it was: the log grows and a later one tries
  // again. What lies behind the failure will meet a commit.
  crash_point(CrashPoint::kBeforeCheckpoint);
  int in_log = 0;
  int done = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
  if (result == SQLITE_IOERR_FSYNC) return lose_trust();
  crash_point(CrashPoint::kAfterCheckpoint);
  const bool complete = result == SQLITE_OK && done >= in_log;
  checkpoint_at_ = complete ? checkpoint_pages_ : wal_pages_ + checkpoint_pages_ / 4;
  if (complete) wal_pages_ = 0;
}

void SqliteStore::lose_trust() {
  // An earlier checkpoint may have been cut short by a reader; its pages were waiting for this
  // sync. The next checkpoint would not write them again, sync without them, and let go of the log.
  const Error error{ErrorCode::kStoreFailed,
                    "the database could not be synced; check the disk and start the hub again, "
                    "which writes what is missing from the log",
                    {}};
  connection_->fail_for_good(error);
  if (give_up_) give_up_(error);
}

}  // namespace mih::store::sqlite
