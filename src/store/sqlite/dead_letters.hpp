#pragma once

#include <optional>
#include <string_view>

#include "core/delivery.hpp"
#include "store/sqlite/connection.hpp"

namespace mih::store::sqlite {

/// The dead letter table, inside of the caller's transaction.
class DeadLetters {
 public:
  explicit DeadLetters(Connection& connection);

  /// Gives the letter its id.
  void insert(core::DeadLetter& letter);
  /// A replay failed: takes over what is new, keeps id and time. False if there is none.
  bool replace(core::DeadLetterId id, core::DeadLetter& letter);
  /// True if there was one.
  bool erase(core::DeadLetterId id);
  void set_replaying(core::DeadLetterId id);

  /// Whole, with event and attempts.
  std::optional<core::DeadLetter> find(core::DeadLetterId id);
  /// Those of the services that have, or had when they were removed, this name.
  std::int64_t count_of(std::string_view service);

 private:
  void bind(Statement& statement, const core::DeadLetter& letter);

  Connection& connection_;
  Statement insert_, replace_, erase_, set_replaying_, find_, count_of_;
};

}  // namespace mih::store::sqlite
