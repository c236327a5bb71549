#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/inbound.hpp"
#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// Messages of services: those that wait, and the ids of the last 72 h. Works inside of the
/// caller's transaction.
class Inbound {
 public:
  explicit Inbound(Connection& connection);

  /// Notes what the sender calls the message; returns the id of the first if it is a repeat.
  std::optional<std::string> claim(const core::InboundMessage& message, WallTime now);
  /// Lets a message wait; `replay_of` is empty for a new one.
  core::InboundSeq add(const core::InboundMessage& message, core::DeadLetterId replay_of);
  /// Ends the waiting: the dead letter that it replays, 0 for none; empty when it did not wait.
  std::optional<core::DeadLetterId> remove(core::InboundSeq seq);
  /// Forgets ids, at most `budget`; true if more is due.
  bool prune_ids(WallTime now, std::int64_t budget);

 private:
  Connection& connection_;
  Statement find_id_, save_id_, prune_ids_;
  Statement insert_, letter_of_, remove_;
};

}  // namespace mih::store::sqlite
