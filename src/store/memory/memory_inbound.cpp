#include "core/inbound_letter.hpp"
#include "store/memory/memory_store.hpp"

/// Messages of services.
namespace mih::store::memory {

void MemoryStore::accept(InboundEntry& entry, WallTime now) {
  entry.seq = {};
  const core::InboundMessage& message = entry.message;
  if (!message.message_id.empty()) {
    auto& known = inbound_ids_[{message.service, message.source, message.message_id}];
    if (!known.id.empty() && known.time > now - kIdWindow) {
      entry.receipt = {known.id, true};
      return;
    }
    known = {message.id, message.received};
  }
  entry.receipt = {message.id, false};
  if (entry.refusal.empty()) {
    entry.seq.value = ++last_inbound_;
    inbound_[entry.seq] = {message, {}};
    inbound_[entry.seq].message.message_id.clear();
    return;
  }
  auto letter = core::inbound_letter(message, entry.refusal);
  letter.id.value = ++last_letter_;
  letter.created = now;
  add_letter(std::move(letter));
}

void MemoryStore::end(InboundOutcome& outcome) {
  const auto item = inbound_.extract(outcome.seq);
  if (!item) return;
  const auto replayed = letters_.find(item.mapped().replay_of);
  if (!outcome.letter) {
    if (replayed != letters_.end()) letters_.erase(replayed);
    return;
  }
  core::DeadLetter& letter = *outcome.letter;
  if (replayed == letters_.end()) {
    letter.id.value = ++last_letter_;
    return add_letter(letter);
  }
  letter.id = replayed->first;
  letter.created = replayed->second.created;
  replayed->second = letter;
}

void MemoryStore::replay_inbound(core::DeadLetter& letter, core::ServiceId service, WallTime now) {
  InboundItem& item = inbound_[core::InboundSeq{++last_inbound_}];
  item.message = core::inbound_message(letter);
  item.message.service = service;
  item.message.received = now;
  item.replay_of = letter.id;
  letter.replaying = true;
}

Result<std::map<core::ServiceId, InboundFigures>> MemoryStore::inbound_figures() {
  const Lock lock{mutex_};
  std::map<core::ServiceId, InboundFigures> figures;
  for (const auto& [seq, item] : inbound_) {
    InboundFigures& own = figures[item.message.service];
    if (own.waiting++ == 0 || item.message.received < own.oldest) {
      own.oldest = item.message.received;
    }
  }
  return figures;
}

Result<std::vector<InboundRow>> MemoryStore::inbound_rows(core::ServiceId service,
                                                          core::InboundSeq after,
                                                          std::size_t limit) {
  const Lock lock{mutex_};
  std::vector<InboundRow> rows;
  for (auto it = inbound_.upper_bound(after); it != inbound_.end() && rows.size() < limit; ++it) {
    const core::InboundMessage& message = it->second.message;
    if (message.service == service) rows.push_back({it->first, message.received});
  }
  return rows;
}

Result<std::optional<core::InboundMessage>> MemoryStore::inbound_message(core::InboundSeq seq) {
  const Lock lock{mutex_};
  const auto found = inbound_.find(seq);
  if (found == inbound_.end()) return std::nullopt;
  return found->second.message;
}

}  // namespace mih::store::memory
