#include "store/sqlite/inbound.hpp"

#include <map>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "store/sqlite/reader.hpp"

namespace mih::store::sqlite {
namespace {

constexpr std::chrono::hours kIdWindow{72};

Sha256 key_of(const core::InboundMessage& message) {
  std::string text = std::to_string(static_cast<int>(message.source));
  text.push_back('\0');
  text += message.message_id;
  return sha256(text);
}

Blob blob_of(const Sha256& digest) {
  return {{reinterpret_cast<const char*>(digest.data()), digest.size()}};
}

}  // namespace

Inbound::Inbound(Connection& connection)
    : connection_(connection),
      find_id_(connection,
               "SELECT id FROM local_integrationhub_inbound_id"
               " WHERE service_id = ? AND key = ? AND received_ms > ?"),
      save_id_(connection,
               "INSERT OR REPLACE INTO local_integrationhub_inbound_id VALUES (?,?,?,?)"),
      prune_ids_(connection,
                 "DELETE FROM local_integrationhub_inbound_id WHERE (service_id, key) IN"
                 " (SELECT service_id, key FROM local_integrationhub_inbound_id"
                 " WHERE received_ms <= ? ORDER BY received_ms LIMIT ?)"),
      insert_(connection,
              "INSERT INTO local_integrationhub_inbound (service_id, received_ms, id,"
              " service_name, source, letter_id, content_type, body) VALUES (?,?,?,?,?,?,?,?)"),
      letter_of_(connection, "SELECT letter_id FROM local_integrationhub_inbound WHERE seq = ?"),
      remove_(connection, "DELETE FROM local_integrationhub_inbound WHERE seq = ?") {}

std::optional<std::string> Inbound::claim(const core::InboundMessage& message, WallTime now) {
  if (message.message_id.empty()) return std::nullopt;
  const Sha256 key = key_of(message);
  {
    Rows rows = find_id_.query(message.service, blob_of(key), now - kIdWindow);
    if (rows.next()) return std::string{rows.text(0)};
  }
  save_id_.run(message.service, blob_of(key), message.id, message.received);
  return std::nullopt;
}

core::InboundSeq Inbound::add(const core::InboundMessage& message, core::DeadLetterId replay_of) {
  insert_.run(message.service, message.received, message.id, message.service_name, message.source,
              replay_of, message.content_type, Blob{message.body});
  return core::InboundSeq{sqlite3_last_insert_rowid(connection_.handle())};
}

std::optional<core::DeadLetterId> Inbound::remove(core::InboundSeq seq) {
  core::DeadLetterId letter;
  {
    Rows rows = letter_of_.query(seq);
    if (!rows.next()) return std::nullopt;
    letter.value = rows.integer(0);
  }
  remove_.run(seq);
  return letter;
}

bool Inbound::prune_ids(WallTime now, std::int64_t budget) {
  return prune_ids_.run(now - kIdWindow, budget) >= budget;
}

Result<std::map<core::ServiceId, InboundFigures>> SqliteReader::inbound_figures() {
  return read([](Connection& connection) {
    std::map<core::ServiceId, InboundFigures> figures;
    Statement statement{connection,
                        "SELECT service_id, count(*), min(received_ms)"
                        " FROM local_integrationhub_inbound GROUP BY service_id"};
    Rows rows = statement.query();
    while (rows.next())
      figures[core::ServiceId{rows.integer(0)}] = {rows.integer(1), rows.time_ms(2)};
    return figures;
  });
}

Result<std::vector<InboundRow>> SqliteReader::inbound_rows(core::ServiceId service,
                                                           core::InboundSeq after,
                                                           std::size_t limit) {
  return read([&](Connection& connection) {
    std::vector<InboundRow> found;
    Statement statement{connection,
                        "SELECT seq, received_ms FROM local_integrationhub_inbound"
                        " WHERE service_id = ? AND seq > ? ORDER BY seq LIMIT ?"};
    Rows rows = statement.query(service, after, limit);
    while (rows.next())
      found.push_back({core::InboundSeq{rows.integer(0)}, rows.time_ms(1)});
    return found;
  });
}

Result<std::optional<core::InboundMessage>> SqliteReader::inbound_message(core::InboundSeq seq) {
  return read([&](Connection& connection) -> std::optional<core::InboundMessage> {
    Statement statement{connection,
                        "SELECT id, service_id, service_name, source, content_type, body,"
                        " received_ms FROM local_integrationhub_inbound WHERE seq = ?"};
    Rows rows = statement.query(seq);
    if (!rows.next()) return std::nullopt;
    core::InboundMessage message;
    message.id = rows.text(0);
    message.service.value = rows.integer(1);
    message.service_name = rows.text(2);
    message.source = static_cast<core::InboundSource>(rows.integer(3));
    message.content_type = rows.text(4);
    message.body = rows.blob(5);
    message.received = rows.time_ms(6);
    return message;
  });
}

}  // namespace mih::store::sqlite
