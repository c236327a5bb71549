#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// What the hub learns: collected in memory, written from time to time together with the request
/// log, so that a commit costs nothing for it.
class LearnedJournal {
 public:
  explicit LearnedJournal(Connection& connection);

  /// Counts the deliveries of events that were just committed.
  void count_hits(const std::vector<EventEntry>& events, WallTime now);
  /// Takes what is in it.
  void add(core::Learned& learned);

  bool empty() const {
    return hits_.empty() && names_.empty() && fields_.empty() && samples_.empty();
  }
  /// Writes what is held and to be kept, inside of the caller's transaction.
  void write();
  /// That transaction is committed.
  void written();

  /// Removes what is older, about `budget` rows, inside of the caller's transaction; true if more
  /// is due.
  bool prune(const core::KeptSince& since, std::int64_t budget);
  /// That transaction is committed.
  void pruned(const core::KeptSince& since) { since_ = since; }
  const core::KeptSince& since() const { return since_; }

  /// Removes samples and fields that are known from a person, inside of the caller's transaction.
  static void erase(Connection& connection, const std::string& site, std::int64_t user);

 private:
  Statement save_hits_;
  Statement save_name_;
  Statement save_field_, drop_field_;
  Statement save_sample_, drop_sample_;
  Statement prune_fields_, prune_samples_;
  core::KeptSince since_;
  // Since the last write; empty values are dropped ones.
  std::map<core::RuleId, core::RuleHits> hits_;
  std::map<std::string, core::LearnedName> names_;
  std::map<std::pair<std::string, std::string>, std::optional<core::LearnedField>> fields_;
  std::map<std::int64_t, std::optional<core::LearnedSample>> samples_;
};

}  // namespace mih::store::sqlite
