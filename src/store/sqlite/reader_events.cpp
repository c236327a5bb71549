#include "store/sqlite/conditions.hpp"
#include "store/sqlite/delivery_lookup.hpp"
#include "store/sqlite/reader.hpp"

/// Events and deliveries.
namespace mih::store::sqlite {
namespace {

constexpr const char* kSelectEvent =
    "SELECT seq, site, id, eventname, accepted_ms, body FROM local_integrationhub_event";

core::Event read_event(const Rows& row) {
  return {.seq = core::EventSeq{row.integer(0)},
          .site = std::string{row.text(1)},
          .id = std::string{row.text(2)},
          .name = std::string{row.text(3)},
          .body = std::string{row.text(5)},
          .accepted = row.time_ms(4)};
}

std::optional<core::Event> by_id_window(Connection& connection, std::string_view site,
                                        std::string_view id) {
  Statement statement{connection, std::string{kSelectEvent} +
                                      " WHERE seq = (SELECT seq FROM local_integrationhub_eventid"
                                      " WHERE site = ? AND id = ?)"};
  Rows rows = statement.query(site, id);
  if (!rows.next()) return std::nullopt;
  return read_event(rows);
}

/// With a retention beyond the id window there are older events.
std::optional<core::Event> behind_id_window(Connection& connection, std::string_view site,
                                            std::string_view id) {
  Statement statement{connection, std::string{kSelectEvent} +
                                      " WHERE seq < (SELECT coalesce(min(seq), 9223372036854775807)"
                                      " FROM local_integrationhub_eventid)"
                                      " AND site = ? AND id = ? AND replay_of IS NULL"
                                      " ORDER BY seq DESC LIMIT 1"};
  Rows rows = statement.query(site, id);
  if (!rows.next()) return std::nullopt;
  return read_event(rows);
}

}  // namespace

Result<std::vector<core::Event>> SqliteReader::events(const EventFilter& filter, Page page) {
  return read([&](Connection& connection) {
    std::vector<core::Event> events;
    Conditions conditions{kSelectEvent};
    conditions.add("seq < ?", below(page.before));
    conditions.add("replay_of IS NULL");
    if (!filter.with_calls) conditions.add("eventname <> ''");
    if (!filter.eventname.empty()) conditions.add("eventname = ?", filter.eventname);
    if (!filter.site.empty()) conditions.add("site = ?", filter.site);
    conditions.end(" ORDER BY seq DESC LIMIT ?", page.limit);
    Statement statement = conditions.prepare(connection);
    Rows rows = statement.rows();
    while (rows.next())
      events.push_back(read_event(rows));
    return events;
  });
}

Result<std::optional<core::Event>> SqliteReader::event(std::string_view site, std::string_view id) {
  return read([&](Connection& connection) {
    auto event = by_id_window(connection, site, id);
    if (!event) event = behind_id_window(connection, site, id);
    return event;
  });
}

Result<std::vector<DeliveryRow>> SqliteReader::deliveries_of(core::EventSeq event) {
  return read([&](Connection& connection) { return DeliveryLookup{connection}.of_event(event); });
}

Result<std::vector<DeliveryRow>> SqliteReader::deliveries(const DeliveryFilter& filter, Page page) {
  return read(
      [&](Connection& connection) { return DeliveryLookup{connection}.list(filter, page); });
}

Result<std::optional<DeliveryRow>> SqliteReader::delivery(std::string_view id) {
  return read([&](Connection& connection) { return DeliveryLookup{connection}.find(id); });
}

}  // namespace mih::store::sqlite
