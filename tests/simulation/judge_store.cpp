#include <algorithm>
#include <utility>

#include "core/service_call.hpp"
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
  const auto call = core::call_id(known.event);
  return fmt::format("delivery of {} by rule {} to service {}",
                     known.rule ? std::string_view{known.event} : call, known.rule.value,
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
  const bool is_call = event.name.empty();
  const bool is_new = accepted_.insert(event.id).second;
  if (is_new != (entry.outcome == store::EventEntry::Outcome::kAccepted)) {
    trace_.violation("event {} was taken for {}", event.id, is_new ? "a duplicate" : "new");
  }
  if (!is_call) ++(is_new ? events_ : duplicates_);
  if (!is_new) return;
  std::vector<Due> due;
  if (is_call) {
    due.push_back({{}, entry.fan_out.at(0).service, "", "", {}});
    call_events_[std::string{core::call_id(event.id)}] = event.id;
  } else {
    due = due_deliveries(event);
  }
  const bool same = std::ranges::equal(due, entry.fan_out, [](const auto& a, const auto& b) {
    return a.rule == b.rule && a.service == b.service && a.order == b.ordering_key;
  });
  if (!same) trace_.violation("the deliveries of {} are not what its rules say", event.id);
  for (const auto& one : due)
    create(event, static_cast<std::uint32_t>(&one - due.data()), one);
}

std::vector<Judge::Due> Judge::due_deliveries(const core::Event& event) {
  std::vector<Due> due;
  for (const auto& rule : rules_) {
    if (!rule.enabled || !configured(rule.service) || !matches(rule.eventname, event.name))
      continue;
    const auto user = value_in(event.body, "userid");
    Due& one = due.emplace_back();
    one.rule = rule.id;
    one.service = rule.service;
    one.order = rule.ordering_key == "{{userid}}" ? user : rule.ordering_key;
    one.window = rule.dedupe_window;
    if (one.window.count() > 0) {
      one.meaning = rule.dedupe_key == "{{userid}}" ? user : event.name + " " + user;
    }
  }
  std::ranges::sort(due, {}, &Due::rule);
  std::erase_if(due, [&](const Due& one) { return is_repeat(event, one); });
  return due;
}

bool Judge::is_repeat(const core::Event& event, const Due& due) {
  if (due.meaning.empty()) return false;
  const auto seen = seen_.find({due.rule, due.meaning});
  const bool repeat = seen != seen_.end() && event.accepted < seen->second.until;
  if (repeat) ++deduplicated_;
  return repeat;
}

void Judge::create(const core::Event& event, std::uint32_t ordinal, const Due& due) {
  const std::size_t index = known_.size();
  Known& known = known_.emplace_back();
  known.event = event.id;
  known.rule = due.rule;
  known.service = due.service;
  known.order = due.order;
  known.key = {event.seq, ordinal};
  known.accepted = event.accepted;
  known.process = process_;
  by_identity_[{event.id, due.rule}] = index;
  by_key_[known.key] = index;
  ++created_;
  auto& backlog = backlog_[due.service];
  const auto* service = configured(due.service);
  if (backlog++ >= (service ? service->max_backlog : INT64_MAX)) {
    known.current.phase = Phase::kDead;
    known.current.reason = core::DeadReason::kOverflow;
    known.durable = known.current;
    end_durably(known);
    return;
  }
  if (!due.meaning.empty()) {
    seen_[{due.rule, due.meaning}] = {event.accepted + due.window, index};
  }
  if (!known.order.empty()) {
    chains_[{known.service, known.rule, known.order}].push_back(index);
  }
}

void Judge::end_durably(Known& known) {
  --backlog_[known.service];
  ++(known.durable.phase == Phase::kDelivered ? delivered_ : dead_);
  if (known.durable.phase != Phase::kDead) return;
  const auto index = static_cast<std::size_t>(&known - known_.data());
  std::erase_if(seen_, [&](const auto& seen) { return seen.second.delivery == index; });
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
                    totals.duplicates == duplicates_ && totals.deduplicated == deduplicated_;
  if (same) return;
  trace_.violation(
      "totals: {} events, {} duplicates, {} deduplicated, {} created, {} delivered, {} dead; must "
      "be {}, {}, {}, {}, {}, {}",
      totals.events_accepted, totals.duplicates, totals.deduplicated, totals.created,
      totals.delivered, totals.dead, events_, duplicates_, deduplicated_, created_, delivered_,
      dead_);
}

bool Judge::has_rule(core::RuleId id) const {
  return std::ranges::find(rules_, id, &core::Rule::id) != rules_.end();
}

const core::Service* Judge::replay_target(const core::DeadLetter& letter,
                                          core::ReplayMode mode) const {
  if (letter.replaying) return nullptr;
  const bool as_sent = mode == core::ReplayMode::kAsSent;
  if (as_sent ? letter.method.empty() : letter.rule && !has_rule(letter.rule)) return nullptr;
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

std::int64_t Judge::on_replay(const std::vector<core::DeadLetterId>& letters, core::ReplayMode mode,
                              WallTime now) {
  std::int64_t expected = 0;
  for (const auto id : letters) {
    const auto letter = *store_.dead_letter(id);
    const auto* service = letter ? replay_target(*letter, mode) : nullptr;
    if (!service) continue;
    Known& known = known_.at(by_identity_.at({letter->event->id, letter->rule}));
    ++expected;
    by_key_.erase(known.key);
    known.key = {};
    known.accepted = now;
    known.process = process_;
    known.service = service->id;
    known.replay = true;
    known.as_sent.reset();
    if (mode == core::ReplayMode::kAsSent) known.as_sent = letter->url;
    known.durable = known.current = {};
    known.dirty = known.in_memory = known.tried_in_process = false;
    known.cancelled = known.hurried = false;
    ++backlog_[service->id];
    --dead_;
  }
  return expected;
}

void Judge::on_job_step(std::int64_t succeeded, std::int64_t expected) {
  if (succeeded != expected) {
    trace_.violation("{} dead letters are replayed or deleted, {} must be", succeeded, expected);
  }
  check_totals();
}

std::int64_t Judge::on_letters_removed(const std::vector<core::DeadLetterId>& letters) {
  std::int64_t expected = 0;
  for (const auto id : letters) {
    const auto letter = *store_.dead_letter(id);
    if (!letter || letter->replaying) continue;
    known_.at(by_identity_.at({letter->event->id, letter->rule})).letter_removed = true;
    ++expected;
  }
  return expected;
}

void Judge::check_no_orphans() {
  for (const auto& known : known_) {
    const bool waits = known.current.phase == Phase::kOpen && !known.sending && !known.dirty;
    if (!waits) continue;
    const bool orphan = needs_rule(known) && !has_rule(known.rule);
    if (!orphan && configured(known.service)) continue;
    trace_.violation("{} waits although its {} is gone", name(known), orphan ? "rule" : "service");
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
    if (known.service == service && known.current.phase == Phase::kOpen &&
        known.key != core::DeliveryKey{}) {
      keys.push_back(known.key);
    }
  }
  return keys;
}

bool Judge::all_calls_answered() const {
  return std::ranges::all_of(gateways_, [](const auto& entry) { return entry.second.answered; });
}

}  // namespace mih::simulation
