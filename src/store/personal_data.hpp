#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "core/personal.hpp"

namespace mih::store {

/// Erases what the store has of a person. Part of the writing side: used on its thread, what
/// changes something is durable when it returns.
///
/// What is finished goes at once: the event with its outcomes, its dead letters, its rows of the
/// request log; samples and fields that are known from the person's events. An event with an open
/// delivery goes when that has ended. Totals do not change.
class PersonalData {
 public:
  virtual ~PersonalData() = default;

  /// The one that runs for this person already, if there is one.
  virtual Result<core::Erasure> begin_erasure(const std::string& site, std::int64_t user,
                                              WallTime now) = 0;
  /// Does the next part; `progress` says whether it did anything. When it is done, nothing of what
  /// was erased is left in the files.
  virtual Result<core::Erasure> step_erasure(std::int64_t id, WallTime now, bool& progress) = 0;
  virtual Result<std::optional<core::Erasure>> erasure(std::int64_t id) = 0;
  /// Ids, oldest first.
  virtual Result<std::vector<std::int64_t>> running_erasures() = 0;
};

}  // namespace mih::store
