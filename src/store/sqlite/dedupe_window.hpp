#pragma once

#include <string_view>
#include <unordered_map>

#include "core/delivery.hpp"
#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// What rules with a dedupe_window have seen, per site. Works inside of the caller's transaction.
class DedupeWindow {
 public:
  /// `max_keys` are kept per rule; beyond, the one that would expire first is forgotten.
  DedupeWindow(Connection& connection, std::int64_t max_keys);

  /// True if a delivery of this meaning was made and its window has not passed.
  bool knows(core::RuleId rule, std::string_view site, const core::Dedupe& dedupe, WallTime at);
  /// Begins the window of a delivery that is made now.
  void begin(core::RuleId rule, std::string_view site, const core::Dedupe& dedupe, WallTime at,
             core::DeliveryKey delivery);
  /// The delivery ended dead: its key is free again.
  void free(core::DeliveryKey delivery);
  /// Removes up to `limit` windows that have passed; true while there may be more.
  bool prune(WallTime now, std::int64_t limit);
  /// After a transaction that was rolled back.
  void forget_counts() { counts_.clear(); }

 private:
  std::int64_t& count(core::RuleId rule);

  Connection& connection_;
  std::int64_t max_keys_;
  Statement find_, put_, count_, evict_, free_, next_rule_, prune_;
  std::unordered_map<core::RuleId, std::int64_t> counts_;  ///< rows per rule
};

}  // namespace mih::store::sqlite
