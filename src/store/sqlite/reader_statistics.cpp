#include <algorithm>

#include "store/sqlite/reader.hpp"
#include "store/sqlite/rows.hpp"

/// Statistics by time, and figures of the dead letters.
namespace mih::store::sqlite {
namespace {

std::optional<WallTime> later(std::optional<WallTime> one, std::optional<WallTime> other) {
  return std::max(one, other);  // an empty one is the smallest
}

std::optional<WallTime> maybe_time(const Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.time_ms(column);
}

template <class Take>
void each_minute(Connection& connection, core::ServiceId service, const SeriesRange& range,
                 Take take) {
  const std::int64_t from = range.from_s / 60;
  const std::int64_t minutes = range.step_s / 60;
  Statement statement{connection, std::string{"SELECT "} + kCountsColumns +
                                      " FROM local_integrationhub_stat"
                                      " WHERE service_id = ? AND minute >= ? AND minute < ?"};
  Rows rows = statement.query(service, from, from + minutes * range.steps);
  while (rows.next())
    take(static_cast<std::size_t>((rows.integer(0) - from) / minutes), rows);
}

}  // namespace

Result<std::vector<SeriesPoint>> SqliteReader::series(const SeriesRange& range) {
  return read([&](Connection& connection) {
    std::vector<SeriesPoint> points(static_cast<std::size_t>(range.steps));
    each_minute(connection, {}, range, [&](std::size_t step, const Rows& row) {
      if (!points[step]) points[step].emplace();
      if (!range.service) {
        points[step]->add(read_counts(row));
      } else if (!row.is_null(9)) {  // the backlogs were sampled
        points[step]->sample_backlog(0);
      }
    });
    if (!range.service) return points;
    each_minute(connection, range.service, range, [&](std::size_t step, const Rows& row) {
      if (!points[step]) points[step].emplace();
      points[step]->add(read_counts(row));
    });
    return points;
  });
}

Result<std::map<std::string, DeadLetterFigures>> SqliteReader::dead_letter_figures() {
  return read([](Connection& connection) {
    std::map<std::string, DeadLetterFigures> figures;
    Statement statement{connection,
                        "SELECT coalesce(s.name, r.name, ''), f.letters, f.bytes, f.newest_ms,"
                        " f.newest_overflow_ms FROM local_integrationhub_dlq_figures f"
                        " LEFT JOIN local_integrationhub_svc s ON s.id = f.serviceid"
                        " LEFT JOIN local_integrationhub_svc_removed r ON r.id = f.serviceid"};
    Rows rows = statement.query();
    while (rows.next()) {
      DeadLetterFigures& item = figures[std::string{rows.text(0)}];
      item.letters += rows.integer(1);
      item.bytes += rows.integer(2);
      item.newest = later(item.newest, maybe_time(rows, 3));
      item.newest_overflow = later(item.newest_overflow, maybe_time(rows, 4));
    }
    return figures;
  });
}

}  // namespace mih::store::sqlite
