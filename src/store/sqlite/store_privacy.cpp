#include <set>

#include "base/crash_point.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/store_impl.hpp"

/// Erasing what there is of a person.
namespace mih::store::sqlite {
namespace {

constexpr std::int64_t kEventsPerStep = 1'000;
constexpr std::int64_t kLettersPerStep = 200;
/// Databases up to this size are rewritten at the end. In larger ones a freed page may keep a piece
/// of what was erased by retention before until it is used again.
constexpr std::int64_t kRewriteBytes = 64LL << 20;

enum class Phase : std::uint8_t { kEvents, kLetters, kWaiting, kCleaning, kDone };

struct State {
  core::Erasure erasure;
  Phase phase = Phase::kEvents;
  std::int64_t position = 0;
  std::int64_t upto = 0;
  bool again = false;
};

#define MIH_ERASURE_COLUMNS                                                         \
  "id, site, userid, phase, position, upto, again, events, dead_letters, log_rows," \
  " created_ms, (SELECT count(*) FROM local_integrationhub_erasure_open WHERE erasure_id = id)"

State read_state(const Rows& row) {
  State out;
  out.erasure.id = row.integer(0);
  out.erasure.site = row.text(1);
  out.erasure.user = row.integer(2);
  out.phase = static_cast<Phase>(row.integer(3));
  out.position = row.integer(4);
  out.upto = row.integer(5);
  out.again = row.integer(6) != 0;
  out.erasure.events = row.integer(7);
  out.erasure.dead_letters = row.integer(8);
  out.erasure.log_rows = row.integer(9);
  out.erasure.created = row.time_ms(10);
  out.erasure.waiting = row.integer(11);
  out.erasure.done = out.phase == Phase::kDone;
  return out;
}

std::optional<State> find_state(Connection& connection, std::int64_t id) {
  Statement statement{
      connection, "SELECT " MIH_ERASURE_COLUMNS " FROM local_integrationhub_erasure WHERE id = ?"};
  Rows rows = statement.query(id);
  if (!rows.next()) return std::nullopt;
  return read_state(rows);
}

/// One step, inside of a transaction.
class Step {
 public:
  Step(Connection& connection, State& state, std::int64_t& letters)
      : connection_(connection), state_(state), letters_(letters) {}

  bool run() {
    bool progress = true;
    if (state_.phase == Phase::kEvents) {
      look_through_events();
    } else if (state_.phase == Phase::kLetters) {
      look_through_letters();
    } else if (state_.phase == Phase::kWaiting) {
      progress = look_at_open();
    }
    remove_log_rows();
    save();
    return progress;
  }

 private:
  struct Found {
    core::EventSeq seq;
    std::string site;
    std::string id;
    std::vector<core::FanOut> fan_out;
  };

  void look_through_events() {
    if (state_.position == 0) erase_learned();
    std::vector<Found> found;
    std::int64_t looked_at = 0;
    {
      Statement statement{connection_,
                          "SELECT seq, site, id, fan_out, eventname, body"
                          " FROM local_integrationhub_event WHERE seq > ? AND seq <= ?"
                          " ORDER BY seq LIMIT ?"};
      Rows rows = statement.query(state_.position, state_.upto, kEventsPerStep);
      while (rows.next()) {
        ++looked_at;
        state_.position = rows.integer(0);
        if (rows.text(1) != state_.erasure.site ||
            !core::text_concerns(rows.text(4), rows.text(5), state_.erasure.user)) {
          continue;
        }
        found.push_back({core::EventSeq{rows.integer(0)}, std::string{rows.text(1)},
                         std::string{rows.text(2)}, decode_fan_out(rows.blob(3))});
      }
    }
    for (const auto& event : found) {
      if (!erase_if_finished(event)) postpone(event.seq);
    }
    if (looked_at < kEventsPerStep) enter(Phase::kLetters);
  }

  void look_through_letters() {
    std::vector<std::int64_t> found;
    std::int64_t looked_at = 0;
    {
      Statement statement{connection_,
                          "SELECT id, delivery_id, eventname, event, payload, replaying, reason"
                          " FROM local_integrationhub_dlq WHERE id > ? AND (site = ? OR (site = ''"
                          " AND coalesce((SELECT inbound_site FROM local_integrationhub_svc s"
                          " WHERE s.id = serviceid), '') IN ('', ?))) ORDER BY id LIMIT ?"};
      Rows rows = statement.query(state_.position, state_.erasure.site, state_.erasure.site,
                                  kLettersPerStep);
      while (rows.next()) {
        ++looked_at;
        state_.position = rows.integer(0);
        const bool theirs = core::text_concerns(rows.text(2), rows.text(3), state_.erasure.user) ||
                            (rows.text(6) == "inbound" &&
                             core::text_concerns("", rows.text(4), state_.erasure.user));
        // One that replays is an open delivery; its event is waited for.
        if (!theirs || rows.integer(5) != 0) continue;
        found.push_back(rows.integer(0));
        deliveries_.insert(std::string{rows.text(1)});
      }
    }
    Statement remove{connection_, "DELETE FROM local_integrationhub_dlq WHERE id = ?"};
    for (const auto letter : found) {
      state_.erasure.dead_letters += remove.run(letter);
      --letters_;
    }
    if (looked_at < kLettersPerStep) enter(state_.again ? Phase::kCleaning : Phase::kWaiting);
  }

  bool look_at_open() {
    std::vector<std::int64_t> open;
    {
      Statement statement{connection_,
                          "SELECT event_seq FROM local_integrationhub_erasure_open"
                          " WHERE erasure_id = ?"};
      Rows rows = statement.query(state_.erasure.id);
      while (rows.next())
        open.push_back(rows.integer(0));
    }
    Statement forget{connection_,
                     "DELETE FROM local_integrationhub_erasure_open"
                     " WHERE erasure_id = ? AND event_seq = ?"};
    for (const auto seq : open) {
      const auto event = find_event(core::EventSeq{seq});
      if (event && !erase_if_finished(*event)) continue;
      forget.run(state_.erasure.id, seq);
      --state_.erasure.waiting;
      state_.again = true;
    }
    if (state_.erasure.waiting > 0) return false;
    enter(state_.again ? Phase::kLetters : Phase::kCleaning);
    return true;
  }

  std::optional<Found> find_event(core::EventSeq seq) {
    Statement statement{connection_,
                        "SELECT site, id, fan_out FROM local_integrationhub_event WHERE seq = ?"};
    Rows rows = statement.query(seq);
    if (!rows.next()) return std::nullopt;
    return Found{seq, std::string{rows.text(0)}, std::string{rows.text(1)},
                 decode_fan_out(rows.blob(2))};
  }

  bool erase_if_finished(const Found& event) {
    {
      Statement statement{connection_,
                          "SELECT count(*) FROM local_integrationhub_delivery"
                          " WHERE event_seq = ?"};
      Rows rows = statement.query(event.seq);
      if (!rows.next() || rows.integer(0) < std::ssize(event.fan_out)) return false;
    }
    Statement remove{connection_, "DELETE FROM local_integrationhub_event WHERE seq = ?"};
    state_.erasure.events += remove.run(event.seq);
    Statement remove_outcomes{connection_,
                              "DELETE FROM local_integrationhub_delivery WHERE event_seq = ?"};
    remove_outcomes.run(event.seq);
    for (const auto& made : event.fan_out)
      deliveries_.insert(core::delivery_id(event.site, event.id, made.rule));
    return true;
  }

  void postpone(core::EventSeq seq) {
    Statement statement{connection_,
                        "INSERT OR IGNORE INTO local_integrationhub_erasure_open VALUES (?,?)"};
    state_.erasure.waiting += statement.run(state_.erasure.id, seq);
  }

  void remove_log_rows() {
    if (deliveries_.empty()) return;
    std::vector<std::int64_t> found;
    {
      Statement statement{connection_,
                          "SELECT id, delivery_id FROM local_integrationhub_log"
                          " WHERE delivery_id <> ''"};
      Rows rows = statement.query();
      while (rows.next()) {
        if (deliveries_.contains(std::string{rows.text(1)})) found.push_back(rows.integer(0));
      }
    }
    Statement remove{connection_, "DELETE FROM local_integrationhub_log WHERE id = ?"};
    for (const auto row : found)
      state_.erasure.log_rows += remove.run(row);
  }

  void enter(Phase phase) {
    state_.phase = phase;
    state_.position = 0;
    // Once more: what was open may have been learned from again, at a start.
    if (phase == Phase::kCleaning) erase_learned();
  }

  void erase_learned() {
    LearnedJournal::erase(connection_, state_.erasure.site, state_.erasure.user);
  }

  void save() {
    Statement statement{connection_,
                        "UPDATE local_integrationhub_erasure SET phase = ?, position = ?,"
                        " again = ?, events = ?, dead_letters = ?, log_rows = ? WHERE id = ?"};
    statement.run(state_.phase, state_.position, state_.again, state_.erasure.events,
                  state_.erasure.dead_letters, state_.erasure.log_rows, state_.erasure.id);
  }

  Connection& connection_;
  State& state_;
  std::int64_t& letters_;  ///< how many there are
  std::set<std::string> deliveries_;
};

}  // namespace

Result<core::Erasure> SqliteStore::begin_erasure(const std::string& site, std::int64_t user,
                                                 WallTime now) {
  std::optional<State> state;
  auto done = write([&] {
    {
      Statement running{*connection_, "SELECT " MIH_ERASURE_COLUMNS
                                      " FROM local_integrationhub_erasure"
                                      " WHERE site = ? AND userid = ? AND phase = 0"};
      Rows rows = running.query(site, user);
      if (rows.next()) state = read_state(rows);
    }
    if (state) {
      // What came since the first request is meant too.
      Statement extend{*connection_,
                       "UPDATE local_integrationhub_erasure SET upto = ? WHERE id = ?"};
      extend.run(ledger_.head.last_seq, state->erasure.id);
      return;
    }
    Statement insert{*connection_,
                     "INSERT INTO local_integrationhub_erasure (site, userid, phase, position,"
                     " upto, again, events, dead_letters, log_rows, created_ms)"
                     " VALUES (?,?,0,0,?,0,0,0,0,?)"};
    insert.run(site, user, ledger_.head.last_seq, now);
    state = find_state(*connection_, sqlite3_last_insert_rowid(connection_->handle()));
  });
  if (!done) return fail(done);
  if (!state) return fail(ErrorCode::kInternal, "the erasure that was just made is not there");
  return std::move(state->erasure);
}

Result<core::Erasure> SqliteStore::step_erasure(std::int64_t id, WallTime now, bool& progress) {
  connection_->execute("PRAGMA secure_delete = ON");
  std::optional<State> state;
  auto done = write([&] {
    write_held_back();  // what is to be erased may not have been written yet
    state = find_state(*connection_, id);
    if (!state || state->phase >= Phase::kCleaning) return;
    progress = Step(*connection_, *state, ledger_.head.dead_letters).run();
    crash_point(CrashPoint::kInErasure);
  });
  if (done) held_back_is_written(now);
  connection_->execute("PRAGMA secure_delete = OFF");
  if (!done) return fail(done);
  if (!state) return fail(ErrorCode::kNotFound, "there is no such erasure");
  if (state->phase != Phase::kCleaning) return std::move(state->erasure);
  // Cleaning is expensive: one serves all that are as far.
  if (connection_->integer_of("SELECT count(*) FROM local_integrationhub_erasure"
                              " WHERE phase < 2") > 0) {
    progress = false;
    return std::move(state->erasure);
  }
  auto cleaned = clean_files();
  if (!cleaned) return fail(cleaned);
  crash_point(CrashPoint::kErasureCleaned);
  done = write([&] {
    connection_->execute(
        "UPDATE local_integrationhub_erasure SET phase = 4, userid = 0 WHERE phase = 3");
  });
  if (!done) return fail(done);
  state->erasure.done = true;
  return std::move(state->erasure);
}

/// Rewrites the database without what was freed, and empties its log.
Result<void> SqliteStore::clean_files() {
  const auto bytes =
      connection_->integer_of("PRAGMA page_count") * connection_->integer_of("PRAGMA page_size");
  if (bytes <= kRewriteBytes) connection_->execute("VACUUM");
  if (auto rewritten = connection_->check(); !rewritten) return rewritten;
  const int result = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                               SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (result == SQLITE_IOERR_FSYNC) {
    lose_trust();
    return connection_->check();
  }
  if (result != SQLITE_OK) {
    return fail(ErrorCode::kBusy, "the log of the database is being read; it is tried again");
  }
  wal_pages_ = 0;
  checkpoint_at_ = checkpoint_pages_;
  return {};
}

Result<std::optional<core::Erasure>> SqliteStore::erasure(std::int64_t id) {
  auto state = find_state(*connection_, id);
  if (auto read = connection_->check(); !read) return fail(read);
  return state.transform([](State& found) { return std::move(found.erasure); });
}

Result<std::vector<std::int64_t>> SqliteStore::running_erasures() {
  std::vector<std::int64_t> ids;
  {
    Statement statement{*connection_,
                        "SELECT id FROM local_integrationhub_erasure WHERE phase < 4 ORDER BY id"};
    Rows rows = statement.query();
    while (rows.next())
      ids.push_back(rows.integer(0));
  }
  if (auto read = connection_->check(); !read) return fail(read);
  return ids;
}

}  // namespace mih::store::sqlite
