#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/site_exchange.hpp"

namespace mih::engine {

/// Gathers look-ups of one site into calls: one is under way, and what comes meanwhile goes
/// together into the next, each id once.
class LookUpQueue {
 public:
  /// Names one look-up; chosen by the caller, greater than those before.
  using Ticket = std::uint64_t;
  using Answered = std::vector<std::pair<Ticket, core::LookedUp>>;

  /// So many ids of each kind in one call.
  static constexpr std::size_t kMostIds = 500;

  void add(Ticket ticket, const core::LookUp& wanted);
  /// What the next call asks for, oldest look-ups first; empty while one is under way or when
  /// nothing waits. After it succeeded() or failed() is called.
  std::optional<core::LookUp> start();
  /// The answer to the call; what it does not mention does not exist. Returns the look-ups that are
  /// complete.
  Answered succeeded(const core::LookedUp& answer);
  /// The call failed, and with it everything that waits, which is returned.
  std::vector<Ticket> failed();

  bool empty() const { return waiting_.empty(); }

 private:
  struct Waiting {
    std::set<std::int64_t> users;    ///< still to be asked for
    std::set<std::int64_t> courses;  ///< likewise
    core::LookedUp found;
  };

  std::map<Ticket, Waiting> waiting_;
  std::set<std::int64_t> users_;    ///< of the call under way
  std::set<std::int64_t> courses_;  ///< likewise
  bool under_way_ = false;
};

}  // namespace mih::engine
