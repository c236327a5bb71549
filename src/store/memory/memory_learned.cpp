#include <algorithm>
#include <utility>

#include "store/memory/memory_store.hpp"

/// What the hub learns while it works.
namespace mih::store::memory {

void MemoryStore::count_hit(core::RuleId rule, WallTime now) {
  if (!rules_.contains(rule)) return;
  auto& hits = rule_hits_[rule];
  ++hits.count;
  hits.last = std::max(hits.last, now);
}

void MemoryStore::save_circuit(const core::CircuitRecord& circuit) {
  if (!services_.contains(circuit.service)) return;
  circuits_[circuit.service] = circuit;
  circuit_history_[circuit.service].note_circuit(circuit.state, circuit.modified);
}

void MemoryStore::learn(core::Learned learned) {
  const Lock lock{mutex_};
  for (auto& name : learned.names)
    learned_names_[name.name] = std::move(name);
  for (const auto& [eventname, path] : learned.dropped_fields)
    learned_fields_.erase({eventname, path});
  for (auto& field : learned.fields)
    learned_fields_[{field.eventname, field.path}] = std::move(field);
  for (const auto number : learned.dropped_samples)
    samples_.erase(number);
  for (auto& sample : learned.samples)
    samples_[sample.number] = std::move(sample);
  drop_unkept();
}

core::KeptSince MemoryStore::kept_since() const {
  const Lock lock{mutex_};
  return kept_since_;
}

void MemoryStore::prune_learned(WallTime now) {
  const WallTime oldest = now - settings_.event_retention;
  const auto first = events_.lower_bound(pruned_);
  kept_since_.samples = oldest;
  kept_since_.examples =
      first == events_.end() ? oldest : std::max(oldest, first->second.event->accepted);
  drop_unkept();
}

void MemoryStore::drop_unkept() {
  for (auto& [key, field] : learned_fields_) {
    if (field.time < kept_since_.examples) field.forget_event();
  }
  std::erase_if(samples_, [&](const auto& item) {
    return item.second.event->accepted < kept_since_.samples;
  });
}

Result<std::map<core::RuleId, core::RuleHits>> MemoryStore::rule_hits() {
  const Lock lock{mutex_};
  return rule_hits_;
}

Result<std::map<core::ServiceId, core::LaneHistory::Changes>> MemoryStore::circuit_changes() {
  const Lock lock{mutex_};
  std::map<core::ServiceId, core::LaneHistory::Changes> changes;
  for (const auto& [service, history] : circuit_history_) {
    if (!history.changes.empty()) changes[service] = history.changes;
  }
  return changes;
}

Result<core::Learned> MemoryStore::learned() {
  const Lock lock{mutex_};
  core::Learned all;
  for (const auto& [name, known] : learned_names_)
    all.names.push_back(known);
  for (const auto& [key, field] : learned_fields_)
    all.fields.push_back(field);
  for (const auto& [number, sample] : samples_)
    all.samples.push_back(sample);
  return all;
}

Result<std::vector<core::EventPtr>> MemoryStore::samples_of(const std::string& site,
                                                            std::int64_t user) {
  const Lock lock{mutex_};
  std::vector<core::EventPtr> found;
  for (const auto& [number, sample] : samples_) {
    if (sample.event->site == site && sample.people.include(user)) found.push_back(sample.event);
  }
  return found;
}

}  // namespace mih::store::memory
