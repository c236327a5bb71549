#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/site.hpp"
#include "engine/catalog.hpp"

/// Which events the sites have to capture, and since when they all do.
namespace mih::engine {

/// The patterns of enabled rules, each once, in the order of their text.
std::vector<std::string> needed_patterns(const Catalog& catalog);

/// What a site is told: the members of an object, without the brackets around them.
void write_members(json::Writer& out, const core::Subscriptions& list);

/// Makes the list hold `needed` (as needed_patterns() gives them). True if it changed: then it has
/// a new version, which is greater than `least` as well.
bool revise(core::Subscriptions& list, std::vector<std::string> needed, std::int64_t least,
            Now now);

/// Notes the patterns that every connected site has acknowledged by now. True if there are any.
bool note_acknowledged(core::Subscriptions& list, std::span<const core::Site> sites, Now now);

/// Whether events of a rule are captured.
struct CaptureState {
  std::optional<WallTime> active_since;  ///< empty while a site is waited for
  std::vector<std::string> waiting_for;  ///< names of sites
};

CaptureState capture_state(const core::Subscriptions& list, std::span<const core::Site> sites,
                           const core::Rule& rule);

/// When a site is called about a new list: at once, after a failure again and again, ever more
/// seldom. One call at a time.
class PushSchedule {
 public:
  /// When to call about the list of this version; empty while a call is under way.
  std::optional<SteadyTime> due(std::int64_t version, SteadyTime now) const;
  void started(std::int64_t version);
  void succeeded();
  void failed(SteadyTime now);

 private:
  std::int64_t tried_version_ = 0;
  int failures_ = 0;
  bool under_way_ = false;
  SteadyTime not_before_{};
};

}  // namespace mih::engine
