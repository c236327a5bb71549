#include "core/inbound_letter.hpp"
#include "store/sqlite/store_impl.hpp"

/// Messages of services within a commit.
namespace mih::store::sqlite {

void SqliteStore::accept(InboundEntry& entry, WallTime now) {
  entry.seq = {};
  if (auto first = inbound_.claim(entry.message, now)) {
    entry.receipt = {std::move(*first), true};
    return;
  }
  entry.receipt = {entry.message.id, false};
  if (entry.refusal.empty()) {
    entry.seq = inbound_.add(entry.message, {});
    return;
  }
  auto letter = core::inbound_letter(entry.message, entry.refusal);
  letter.created = now;
  dead_letters_.insert(letter);
  ++ledger_.head.dead_letters;
}

void SqliteStore::end(InboundOutcome& outcome) {
  const auto replayed = inbound_.remove(outcome.seq);
  if (!replayed) return;
  if (outcome.letter) {
    if (*replayed && dead_letters_.replace(*replayed, *outcome.letter)) return;
    dead_letters_.insert(*outcome.letter);
    ++ledger_.head.dead_letters;
  } else if (*replayed && dead_letters_.erase(*replayed)) {
    --ledger_.head.dead_letters;
  }
}

void SqliteStore::replay_inbound(const core::DeadLetter& letter, core::ServiceId service,
                                 WallTime now) {
  auto message = core::inbound_message(letter);
  message.service = service;
  message.received = now;
  inbound_.add(message, letter.id);
  dead_letters_.set_replaying(letter.id);
}

}  // namespace mih::store::sqlite
