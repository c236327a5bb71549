#include "store/sqlite/learned.hpp"

#include <algorithm>
#include <utility>

#include "store/sqlite/reader.hpp"

namespace mih::store::sqlite {
namespace {

core::LearnedSample read_sample(const Rows& row) {
  auto event = std::make_shared<core::Event>();
  event->site = row.text(1);
  event->id = row.text(2);
  event->name = row.text(3);
  event->accepted = row.time_ms(4);
  event->body = row.text(6);
  return {.number = row.integer(0),
          .event = std::move(event),
          .people = core::People::from_text(row.text(5))};
}

std::vector<core::LearnedSample> read_samples(Connection& connection) {
  std::vector<core::LearnedSample> samples;
  Statement statement{connection,
                      "SELECT number, site, id, eventname, accepted_ms, people, body"
                      " FROM local_integrationhub_sample ORDER BY number"};
  Rows rows = statement.query();
  while (rows.next())
    samples.push_back(read_sample(rows));
  return samples;
}

std::vector<core::LearnedName> read_names(Connection& connection) {
  std::vector<core::LearnedName> names;
  Statement statement{connection,
                      "SELECT eventname, seen, last_seen_ms FROM local_integrationhub_event_name"
                      " ORDER BY eventname"};
  Rows rows = statement.query();
  while (rows.next())
    names.push_back({std::string{rows.text(0)}, rows.integer(1), rows.time_ms(2)});
  return names;
}

std::vector<core::LearnedField> read_fields(Connection& connection) {
  std::vector<core::LearnedField> fields;
  Statement statement{connection,
                      "SELECT eventname, path, type, example, site, people, known_ms"
                      " FROM local_integrationhub_event_field ORDER BY eventname, path"};
  Rows rows = statement.query();
  while (rows.next()) {
    fields.push_back({.eventname = std::string{rows.text(0)},
                      .path = std::string{rows.text(1)},
                      .type = std::string{rows.text(2)},
                      .example = std::string{rows.text(3)},
                      .site = std::string{rows.text(4)},
                      .people = core::People::from_text(rows.text(5)),
                      .time = rows.time_ms(6)});
  }
  return fields;
}

}  // namespace

LearnedJournal::LearnedJournal(Connection& connection)
    // A rule may have been removed in the meantime.
    : save_hits_(connection,
                 "INSERT INTO local_integrationhub_rule_hit SELECT id, ?, ?"
                 " FROM local_integrationhub_rules WHERE id = ? ON CONFLICT (rule_id) DO UPDATE SET"
                 " hits = hits + excluded.hits, last_ms = max(last_ms, excluded.last_ms)"),
      save_name_(connection,
                 "INSERT OR REPLACE INTO local_integrationhub_event_name VALUES (?,?,?)"),
      save_field_(connection,
                  "INSERT OR REPLACE INTO local_integrationhub_event_field VALUES (?,?,?,?,?,?,?)"),
      drop_field_(connection,
                  "DELETE FROM local_integrationhub_event_field WHERE eventname = ? AND path = ?"),
      save_sample_(connection,
                   "INSERT OR REPLACE INTO local_integrationhub_sample VALUES (?,?,?,?,?,?,?)"),
      drop_sample_(connection, "DELETE FROM local_integrationhub_sample WHERE number = ?"),
      prune_fields_(connection,
                    "UPDATE local_integrationhub_event_field"
                    " SET example = '', site = '', people = '', known_ms = 0"
                    " WHERE (eventname, path) IN (SELECT eventname, path"
                    " FROM local_integrationhub_event_field WHERE known_ms > 0 AND known_ms < ?"
                    " ORDER BY known_ms LIMIT ?)"),
      prune_samples_(connection,
                     "DELETE FROM local_integrationhub_sample WHERE number IN (SELECT number FROM"
                     " local_integrationhub_sample WHERE accepted_ms < ? ORDER BY accepted_ms"
                     " LIMIT ?)") {}

void LearnedJournal::count_hits(const std::vector<EventEntry>& events, WallTime now) {
  for (const auto& entry : events) {
    if (entry.outcome != EventEntry::Outcome::kAccepted || entry.has_ended()) continue;
    for (const auto& made : entry.fan_out) {
      if (!made.rule) continue;
      auto& hits = hits_[made.rule];
      ++hits.count;
      hits.last = std::max(hits.last, now);
    }
  }
}

void LearnedJournal::add(core::Learned& learned) {
  for (auto& name : learned.names)
    names_[name.name] = std::move(name);
  for (auto& [eventname, path] : learned.dropped_fields)
    fields_[{eventname, path}] = std::nullopt;
  for (auto& field : learned.fields)
    fields_[{field.eventname, field.path}] = std::move(field);
  for (const auto number : learned.dropped_samples)
    samples_[number] = std::nullopt;
  for (auto& sample : learned.samples)
    samples_[sample.number] = std::move(sample);
}

void LearnedJournal::write() {
  for (const auto& [rule, hits] : hits_)
    save_hits_.run(hits.count, hits.last, rule);
  for (const auto& [name, known] : names_)
    save_name_.run(name, known.seen, known.last_seen);
  for (auto& [key, field] : fields_) {
    const auto& [eventname, path] = key;
    if (!field) {
      drop_field_.run(eventname, path);
      continue;
    }
    if (field->time < since_.examples) field->forget_event();
    const auto people = field->people.text();
    save_field_.run(eventname, path, field->type, field->example, field->site, people, field->time);
  }
  for (const auto& [number, sample] : samples_) {
    if (!sample || sample->event->accepted < since_.samples) {
      drop_sample_.run(number);
      continue;
    }
    const auto people = sample->people.text();
    const auto& event = *sample->event;
    save_sample_.run(number, event.site, event.id, event.name, event.accepted, people, event.body);
  }
}

void LearnedJournal::written() {
  hits_.clear();
  names_.clear();
  fields_.clear();
  samples_.clear();
}

bool LearnedJournal::prune(const core::KeptSince& since, std::int64_t budget) {
  const auto fields = prune_fields_.run(since.examples, budget);
  const auto samples = prune_samples_.run(since.samples, budget);
  return fields >= budget || samples >= budget;
}

void LearnedJournal::erase(Connection& connection, const std::string& site, std::int64_t user) {
  constexpr std::string_view kTheirs =
      " WHERE site = ? AND (people = '*' OR instr(' ' || people || ' ', ' ' || ? || ' ') > 0)";
  for (const std::string_view table :
       {"local_integrationhub_sample", "local_integrationhub_event_field"}) {
    Statement statement{connection, std::string{"DELETE FROM "}.append(table).append(kTheirs)};
    statement.run(site, user);
  }
}

Result<std::map<core::RuleId, core::RuleHits>> SqliteReader::rule_hits() {
  return read([](Connection& connection) {
    std::map<core::RuleId, core::RuleHits> hits;
    Statement statement{connection,
                        "SELECT rule_id, hits, last_ms FROM local_integrationhub_rule_hit"};
    Rows rows = statement.query();
    while (rows.next())
      hits[core::RuleId{rows.integer(0)}] = {rows.integer(1), rows.time_ms(2)};
    return hits;
  });
}

Result<std::map<core::ServiceId, core::LaneHistory::Changes>> SqliteReader::circuit_changes() {
  return read([](Connection& connection) {
    std::map<core::ServiceId, core::LaneHistory::Changes> changes;
    Statement statement{connection,
                        "SELECT serviceid, state, time_ms FROM local_integrationhub_cb_change"
                        " ORDER BY serviceid, number DESC"};
    Rows rows = statement.query();
    while (rows.next()) {
      changes[core::ServiceId{rows.integer(0)}].push_back(
          {.time = rows.time_ms(2),
           .state = core::circuit_state_from(rows.text(1)).value_or(core::CircuitState::kClosed)});
    }
    return changes;
  });
}

Result<core::Learned> SqliteReader::learned() {
  return read([](Connection& connection) {
    core::Learned learned;
    learned.names = read_names(connection);
    learned.fields = read_fields(connection);
    learned.samples = read_samples(connection);
    return learned;
  });
}

Result<std::vector<core::EventPtr>> SqliteReader::samples_of(const std::string& site,
                                                             std::int64_t user) {
  return read([&](Connection& connection) {
    std::vector<core::EventPtr> found;
    for (auto& sample : read_samples(connection)) {
      if (sample.event->site == site && sample.people.include(user)) {
        found.push_back(std::move(sample.event));
      }
    }
    return found;
  });
}

}  // namespace mih::store::sqlite
