#include <algorithm>
#include <utility>

#include "simulation/judge.hpp"

/// The durable half of the story: what was accepted, what has ended, what a restart brings back.
namespace mih::simulation {
namespace {

/// Patterns of the simulation are exact or have one "*", at the end.
bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

/// The text behind `"key":` in a flat event.
std::string value_in(const std::string& body, std::string_view key) {
  const auto at = body.find(fmt::format("\"{}\":", key));
  if (at == std::string::npos) return "";
  const auto from = at + key.size() + 3;
  return body.substr(from, body.find_first_of(",}", from) - from);
}

}  // namespace

std::string Judge::name(const Known& known) const {
  return fmt::format("delivery of {} by rule {} to service {}", known.event, known.rule.value,
                     known.service.value);
}

void Judge::on_configured(std::vector<core::Service> services, std::vector<core::Rule> rules) {
  services_ = std::move(services);
  rules_ = std::move(rules);
  for (auto record = durable_circuits_.begin(); record != durable_circuits_.end();) {
    record = configured(record->first) ? std::next(record) : durable_circuits_.erase(record);
  }
}

const core::Service* Judge::configured(core::ServiceId id) const {
  const auto found = std::ranges::find(services_, id, &core::Service::id);
  return found == services_.end() ? nullptr : &*found;
}

void Judge::on_killed() {
  calls_.clear();
  awaited_.clear();
  gateways_.clear();
  last_run_.reset();
  for (auto& known : known_) {
    known.current = known.durable;
    known.dirty = known.in_memory = known.sending = known.tried_in_process = false;
    known.hurried = known.cancelled = false;
    known.expected.reset();
  }
}

void Judge::on_commit(const store::Batch& batch) {
  for (const auto& entry : batch.events)
    accept(entry);
  for (const auto& update : batch.updates)
    commit_update(update);
  for (const auto& record : batch.circuits) {
    if (configured(record.service)) durable_circuits_[record.service] = record;
    --lines_[record.service].uncommitted;
  }
  check_totals();
}

void Judge::accept(const store::EventEntry& entry) {
  const auto& event = *entry.event;
  const bool is_new = accepted_.insert(event.id).second;
  if (is_new != (entry.outcome == store::EventEntry::Outcome::kAccepted)) {
    trace_.violation("event {} was taken for {}", event.id, is_new ? "a duplicate" : "new");
  }
  if (!is_new) {
    ++duplicates_;
    return;
  }
  ++events_;
  const auto due = fan_out(event);
  const bool same = std::ranges::equal(due, entry.fan_out, [](const auto& a, const auto& b) {
    return a.rule == b.rule && a.service == b.service && a.ordering_key == b.ordering_key;
  });
  if (!same) trace_.violation("the deliveries of {} are not what its rules say", event.id);
  for (const auto& decided : due)
    create(event, static_cast<std::uint32_t>(&decided - due.data()), decided);
}

std::vector<core::FanOut> Judge::fan_out(const core::Event& event) const {
  std::vector<core::FanOut> due;
  for (const auto& rule : rules_) {
    if (!rule.enabled || !configured(rule.service) || !matches(rule.eventname, event.name))
      continue;
    const bool by_user = rule.ordering_key == "{{userid}}";
    due.push_back(
        {rule.id, rule.service, by_user ? value_in(event.body, "userid") : rule.ordering_key});
  }
  std::ranges::sort(due, {}, &core::FanOut::rule);
  return due;
}

void Judge::create(const core::Event& event, std::uint32_t ordinal, const core::FanOut& decided) {
  const std::size_t index = known_.size();
  Known& known = known_.emplace_back();
  known.event = event.id;
  known.rule = decided.rule;
  known.service = decided.service;
  known.order = decided.ordering_key;
  known.key = {event.seq, ordinal};
  known.accepted = event.accepted;
  known.process = process_;
  by_identity_[{event.id, decided.rule}] = index;
  by_key_[known.key] = index;
  ++created_;
  auto& backlog = backlog_[decided.service];
  if (backlog++ >= configured(decided.service)->max_backlog) {
    known.current.phase = Phase::kDead;
    known.current.reason = core::DeadReason::kOverflow;
    known.durable = known.current;
    end_durably(known);
    return;
  }
  if (!known.order.empty()) {
    chains_[{known.service, known.rule, known.order}].push_back(index);
  }
}

void Judge::end_durably(Known& known) {
  --backlog_[known.service];
  ++(known.durable.phase == Phase::kDelivered ? delivered_ : dead_);
}

void Judge::commit_update(const store::DeliveryUpdate& update) {
  Known* known = find(update.key);
  if (!known || known->durable.phase != Phase::kOpen) return;
  known->durable = known->current;
  known->dirty = false;
  if (known->durable.phase != Phase::kOpen) end_durably(*known);
}

void Judge::check_totals() {
  const auto totals = *store_.totals();
  if (totals.created != totals.delivered + totals.dead + totals.open()) {
    trace_.violation("created is not delivered + dead + open");
  }
  const bool same = totals.created == created_ && totals.delivered == delivered_ &&
                    totals.dead == dead_ && totals.events_accepted == events_ &&
                    totals.duplicates == duplicates_;
  if (same) return;
  trace_.violation(
      "totals: {} events, {} duplicates, {} created, {} delivered, {} dead; must be "
      "{}, {}, {}, {}, {}",
      totals.events_accepted, totals.duplicates, totals.created, totals.delivered, totals.dead,
      events_, duplicates_, created_, delivered_, dead_);
}

const core::Service* Judge::replay_target(const core::DeadLetter& letter) const {
  if (letter.replaying || std::ranges::find(rules_, letter.rule, &core::Rule::id) == rules_.end()) {
    return nullptr;
  }
  const core::Service* service = configured(letter.service);
  if (!service) {
    const auto by_name = std::ranges::find(services_, letter.service_name, &core::Service::name);
    if (by_name != services_.end()) service = &*by_name;
  }
  if (!service) return nullptr;
  const auto backlog = backlog_.find(service->id);
  const bool full = backlog != backlog_.end() && backlog->second >= service->max_backlog;
  return full ? nullptr : service;
}

void Judge::on_replay(const std::vector<core::DeadLetterId>& letters, WallTime now) {
  replays_expected_ = 0;
  std::set<core::DeadLetterId> seen;
  for (const auto id : letters) {
    const auto letter = *store_.dead_letter(id);
    if (!letter || !seen.insert(id).second) continue;
    const auto* service = replay_target(*letter);
    if (!service) continue;
    Known& known = known_.at(by_identity_.at({letter->event->id, letter->rule}));
    ++replays_expected_;
    by_key_.erase(known.key);
    known.key = {};
    known.accepted = now;
    known.process = process_;
    known.service = service->id;
    known.replay = true;
    known.durable = known.current = {};
    known.dirty = known.in_memory = known.tried_in_process = false;
    known.cancelled = known.hurried = false;
    ++backlog_[service->id];
    --dead_;
  }
}

void Judge::on_replayed(const store::ReplayResult& result) {
  if (result.succeeded != replays_expected_) {
    trace_.violation("{} dead letters are replayed, {} must be", result.succeeded,
                     replays_expected_);
  }
  check_totals();
}

void Judge::on_letters_removed(const std::vector<core::DeadLetterId>& letters) {
  for (const auto id : letters) {
    const auto letter = *store_.dead_letter(id);
    if (!letter || letter->replaying) continue;
    known_.at(by_identity_.at({letter->event->id, letter->rule})).letter_removed = true;
  }
}

void Judge::check_no_orphans() {
  for (const auto& known : known_) {
    const bool waits = known.current.phase == Phase::kOpen && !known.sending && !known.dirty;
    if (!waits || !known.in_memory) continue;
    const bool has_rule = std::ranges::find(rules_, known.rule, &core::Rule::id) != rules_.end();
    if (has_rule && configured(known.service)) continue;
    trace_.violation("{} waits although its {} is gone", name(known),
                     has_rule ? "service" : "rule");
  }
}

void Judge::check_end() {
  for (const auto& known : known_) {
    if (known.durable.phase == Phase::kOpen) trace_.violation("{} has not ended", name(known));
  }
  for (const auto& [id, gateway] : gateways_) {
    if (!gateway.answered) trace_.violation("gateway call {} was never answered", id);
  }
  check_totals();
  check_letters();
}

void Judge::check_letters() {
  std::set<Identity> found;
  for (const auto id : *store_.find_dead_letters({})) {
    const auto letter = *store_.dead_letter(id);
    const Identity identity{letter->event->id, letter->rule};
    const Known& known = known_.at(by_identity_.at(identity));
    found.insert(identity);
    if (letter->replaying) trace_.violation("{} replays for ever", name(known));
    if (known.durable.phase != Phase::kDead || known.durable.reason != letter->reason) {
      trace_.violation("{} has a dead letter {}", name(known), core::name_of(letter->reason));
    }
  }
  for (const auto& known : known_) {
    const bool wanted = known.durable.phase == Phase::kDead && !known.letter_removed;
    if (wanted && !found.contains({known.event, known.rule})) {
      trace_.violation("{} is dead without a dead letter", name(known));
    }
  }
}

std::int64_t Judge::dead(core::DeadReason reason) const {
  return std::ranges::count_if(known_, [&](const Known& known) {
    return known.durable.phase == Phase::kDead && known.durable.reason == reason;
  });
}

std::vector<core::DeliveryKey> Judge::open_keys(core::ServiceId service) const {
  std::vector<core::DeliveryKey> keys;
  for (const auto& known : known_) {
    if (known.service == service && known.current.phase == Phase::kOpen && known.in_memory) {
      keys.push_back(known.key);
    }
  }
  return keys;
}

bool Judge::all_calls_answered() const {
  return std::ranges::all_of(gateways_, [](const auto& entry) { return entry.second.answered; });
}

}  // namespace mih::simulation
