#include "store/sqlite/conditions.hpp"
#include "store/sqlite/jobs.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/rows.hpp"

/// Dead letters and the request log.
namespace mih::store::sqlite {
namespace {

#define MIH_HEAD                                                                            \
  "error_message || char(10) || eventname || char(10) || rule_name || char(10) || event_id" \
  " || char(10) || delivery_id"
constexpr const char* kTextInHead = "instr(lower(" MIH_HEAD "), lower(?)) > 0";
constexpr const char* kTextAnywhere =
    "instr(lower(" MIH_HEAD
    " || char(10) || url || char(10) || payload || char(10) || event || char(10) || response),"
    " lower(?)) > 0";
#undef MIH_HEAD

/// False if the filter can find nothing.
bool add_filter(Connection& connection, const DeadLetterFilter& filter, Conditions& conditions) {
  if (!filter.service.empty()) {
    const auto ids = service_ids(connection, filter.service);
    if (ids.empty()) return false;
    conditions.add_any_of("serviceid", ids);
  }
  if (filter.rule) conditions.add("rule_id = ?", filter.rule.value);
  if (!filter.rule_name.empty()) conditions.add("rule_name = ?", filter.rule_name);
  if (!filter.eventname.empty()) conditions.add("eventname = ?", filter.eventname);
  if (filter.reason) conditions.add("reason = ?", core::name_of(*filter.reason));
  if (filter.from_s) conditions.add("timecreated >= ?", *filter.from_s);
  if (filter.to_s) conditions.add("timecreated < ?", *filter.to_s);
  if (!filter.text.empty()) {
    conditions.add(filter.in_payload ? kTextAnywhere : kTextInHead, filter.text);
  }
  return true;
}

bool add_filter(Connection& connection, const LogFilter& filter, Conditions& conditions) {
  if (!filter.service.empty()) {
    const auto ids = service_ids(connection, filter.service);
    if (ids.empty()) return false;
    conditions.add_any_of("serviceid", ids);
  }
  if (filter.success) conditions.add("success = ?", *filter.success ? 1 : 0);
  if (!filter.direction.empty()) conditions.add("direction = ?", filter.direction);
  if (filter.from_s) conditions.add("timecreated >= ?", *filter.from_s);
  if (filter.to_s) conditions.add("timecreated < ?", *filter.to_s);
  if (!filter.text.empty()) {
    conditions.add(
        "instr(lower(endpoint || char(10) || error_message || char(10) || eventname || char(10) ||"
        " delivery_id), lower(?)) > 0",
        filter.text);
  }
  return true;
}

CallKind call_kind_from(std::string_view name) {
  for (const auto kind : {CallKind::kGateway, CallKind::kInbound, CallKind::kTest}) {
    if (name_of(kind) == name) return kind;
  }
  return CallKind::kDelivery;
}

LogRow read_log_row(const Rows& row) {
  return {.id = row.integer(0),
          .call = {.service = core::ServiceId{row.integer(1)},
                   .kind = call_kind_from(row.text(2)),
                   .inbound = row.text(3) == "inbound",
                   .endpoint = std::string{row.text(4)},
                   .http_method = std::string{row.text(5)},
                   .http_status = row.maybe_int(6),
                   .latency = std::chrono::milliseconds{row.integer(7)},
                   .attempt_count = static_cast<int>(row.integer(8)),
                   .success = row.integer(9) != 0,
                   .error_message = std::string{row.text(10)},
                   .eventname = std::string{row.text(11)},
                   .delivery_id = std::string{row.text(12)},
                   .time = row.time_ms(13)}};
}

}  // namespace

Result<std::vector<core::DeadLetter>> SqliteReader::dead_letters(const DeadLetterFilter& filter,
                                                                 Page page) {
  return read([&](Connection& connection) {
    std::vector<core::DeadLetter> letters;
    Conditions conditions{std::string{"SELECT "} + kDeadLetterColumns +
                          " FROM local_integrationhub_dlq"};
    conditions.add("id < ?", below(page.before));
    if (!add_filter(connection, filter, conditions)) return letters;
    conditions.end(" ORDER BY id DESC LIMIT ?", page.limit);
    Statement statement = conditions.prepare(connection);
    Rows rows = statement.rows();
    while (rows.next())
      letters.push_back(read_dead_letter(connection, rows, false));
    return letters;
  });
}

Result<std::optional<core::DeadLetter>> SqliteReader::dead_letter(core::DeadLetterId id) {
  return read([&](Connection& connection) -> std::optional<core::DeadLetter> {
    Statement statement{connection, std::string{"SELECT "} + kDeadLetterColumns +
                                        " FROM local_integrationhub_dlq WHERE id = ?"};
    Rows rows = statement.query(id);
    if (!rows.next()) return std::nullopt;
    return read_dead_letter(connection, rows, true);
  });
}

Result<std::vector<core::DeadLetterId>> SqliteReader::find_dead_letters(
    const DeadLetterFilter& filter) {
  return read([&](Connection& connection) {
    std::vector<core::DeadLetterId> ids;
    Conditions conditions{"SELECT id FROM local_integrationhub_dlq"};
    if (!add_filter(connection, filter, conditions)) return ids;
    conditions.end(" ORDER BY id");
    Statement statement = conditions.prepare(connection);
    Rows rows = statement.rows();
    while (rows.next())
      ids.push_back({rows.integer(0)});
    return ids;
  });
}

Result<std::vector<LogRow>> SqliteReader::log(const LogFilter& filter, Page page) {
  return read([&](Connection& connection) {
    std::vector<LogRow> log;
    Conditions conditions{
        "SELECT id, serviceid, kind, direction, endpoint, http_method, http_status, latency_ms,"
        " attempt_count, success, error_message, eventname, delivery_id, created_ms"
        " FROM local_integrationhub_log"};
    conditions.add("id < ?", below(page.before));
    if (!add_filter(connection, filter, conditions)) return log;
    conditions.end(" ORDER BY id DESC LIMIT ?", page.limit);
    Statement statement = conditions.prepare(connection);
    Rows rows = statement.rows();
    while (rows.next())
      log.push_back(read_log_row(rows));
    return log;
  });
}

Result<std::optional<core::Job>> SqliteReader::job(core::JobId id) {
  return read([&](Connection& connection) { return Jobs{connection}.find(id); });
}

Result<std::vector<core::JobId>> SqliteReader::running_jobs() {
  return read([&](Connection& connection) {
    std::vector<core::JobId> jobs;
    Statement statement{connection,
                        "SELECT id FROM local_integrationhub_job WHERE state = ? ORDER BY id"};
    Rows rows = statement.query(core::JobState::kRunning);
    while (rows.next())
      jobs.push_back(core::JobId{rows.integer(0)});
    return jobs;
  });
}

}  // namespace mih::store::sqlite
