#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "base/time.hpp"
#include "transport/soap/description.hpp"

namespace mih::transport::soap {

/// Which descriptions are known, and when one is to be loaded (again). Decides only: it loads
/// nothing, reads no clock and belongs to one thread.
///
/// A copy is good for a day; then it is loaded again while it goes on serving. A call that fails on
/// it asks for a fresh one at once. When that turns out to be the same, the next is asked for after
/// a wait that doubles each time, so that a rule with a wrong template does not become a stream of
/// downloads.
class DescriptionCache {
 public:
  enum class Cause : std::uint8_t {
    kMissing,  ///< there is none
    kAge,      ///< it is over a day old
    kFailed,   ///< a call could not be made with it: the same call may with a newer one
    kDoubted,  ///< an answer lets it look outdated
  };

  struct Entry {
    std::shared_ptr<const Description> copy;  ///< null: none has been loaded yet
    std::optional<Cause> loading;             ///< a load is under way, because of this
    SteadyTime loaded{};
    SteadyTime next_refresh{};         ///< not before, for kFailed and kDoubted
    std::chrono::seconds patience{0};  ///< what the wait before the next refresh will be
    SteadyTime used{};
  };

  /// The entry, made when there is none. Valid until the next call of `entry`.
  Entry& entry(const SourceKey& source, SteadyTime now);

  /// True if the caller has to start a load now; it is under way then.
  static bool wants_load(Entry& entry, SteadyTime now);
  /// The same after a failure. False too if a load is under way or it is too early for one.
  static bool wants_refresh(Entry& entry, Cause cause, SteadyTime now);
  /// A load that was under way has ended.
  void loaded(const SourceKey& source, const Loaded& result, SteadyTime now);

  std::size_t size() const { return entries_.size(); }

 private:
  void make_room();

  std::map<SourceKey, Entry> entries_;
};

}  // namespace mih::transport::soap
