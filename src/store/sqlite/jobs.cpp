#include "store/sqlite/jobs.hpp"

#include <string>

#include "store/sqlite/codec.hpp"

namespace mih::store::sqlite {
namespace {

constexpr std::int64_t kKeptJobs = 200;

}  // namespace

Jobs::Jobs(Connection& connection)
    : connection_(connection),
      insert_(connection,
              "INSERT INTO local_integrationhub_job (kind, mode, state, total, done, succeeded,"
              " skipped, failed, errors, created_ms) VALUES (?,?,?,0,0,0,0,0,'[]',?)"),
      extend_(connection, "INSERT OR IGNORE INTO local_integrationhub_job_letter VALUES (?,?)"),
      start_(connection,
             "UPDATE local_integrationhub_job SET state = ?, total ="
             " (SELECT count(*) FROM local_integrationhub_job_letter WHERE job_id = id)"
             " WHERE id = ?"),
      forget_(connection, "DELETE FROM local_integrationhub_job WHERE id <= ? AND state >= ?"),
      find_(connection,
            std::string{"SELECT "} + kJobColumns + " FROM local_integrationhub_job WHERE id = ?"),
      next_(connection,
            "SELECT letter_id FROM local_integrationhub_job_letter WHERE job_id = ?"
            " ORDER BY letter_id LIMIT ?"),
      letter_done_(
          connection,
          "DELETE FROM local_integrationhub_job_letter WHERE job_id = ? AND letter_id = ?"),
      advance_(connection,
               "UPDATE local_integrationhub_job SET state = ?, done = ?, succeeded = ?,"
               " skipped = ?, failed = ?, errors = ? WHERE id = ?") {}

core::JobId Jobs::add(core::JobKind kind, core::ReplayMode mode, WallTime now) {
  insert_.run(kind, mode, core::JobState::kPreparing, now);
  const core::JobId job{sqlite3_last_insert_rowid(connection_.handle())};
  forget_.run(job.value - kKeptJobs, core::JobState::kDone);
  return job;
}

void Jobs::extend(core::JobId job, const std::vector<core::DeadLetterId>& letters) {
  for (const auto letter : letters)
    extend_.run(job, letter);
}

void Jobs::start(core::JobId job) {
  start_.run(core::JobState::kRunning, job);
}

void Jobs::drop_unstarted() {
  connection_.execute(
      "DELETE FROM local_integrationhub_job_letter WHERE job_id IN"
      " (SELECT id FROM local_integrationhub_job WHERE state = 0);"
      "DELETE FROM local_integrationhub_job WHERE state = 0");
}

std::optional<core::Job> Jobs::find(core::JobId job) {
  Rows rows = find_.query(job);
  if (!rows.next()) return std::nullopt;
  return read_job(rows);
}

std::vector<core::DeadLetterId> Jobs::next_letters(core::JobId job, std::size_t limit) {
  std::vector<core::DeadLetterId> letters;
  Rows rows = next_.query(job, static_cast<std::int64_t>(limit));
  while (rows.next())
    letters.push_back(core::DeadLetterId{rows.integer(0)});
  return letters;
}

void Jobs::advance(const core::Job& job, const std::vector<core::DeadLetterId>& letters) {
  for (const auto letter : letters)
    letter_done_.run(job.id, letter);
  const std::string errors = list_to_json(job.errors);
  advance_.run(job.state, job.done, job.succeeded, job.skipped, job.failed, errors, job.id);
}

core::Job read_job(const Rows& row) {
  return {.id = core::JobId{row.integer(0)},
          .kind = static_cast<core::JobKind>(row.integer(1)),
          .mode = static_cast<core::ReplayMode>(row.integer(2)),
          .state = static_cast<core::JobState>(row.integer(3)),
          .total = row.integer(4),
          .done = row.integer(5),
          .succeeded = row.integer(6),
          .skipped = row.integer(7),
          .failed = row.integer(8),
          .errors = list_from_json(row.text(9)),
          .created = row.time_ms(10)};
}

}  // namespace mih::store::sqlite
