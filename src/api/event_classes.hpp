#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "engine/core_events.hpp"

namespace mih::api {

/// A class of events that a site's catalogue has, or that is one of Moodle's own.
struct KnownClass {
  std::string name;
  std::string title;      ///< "" = not known
  std::string component;  ///< likewise
  std::string objecttable;
  std::string crud;
  std::int64_t edulevel = 0;

  /// For a made-up event. It lives as long as this.
  engine::EventClass view() const;
};

/// Those of all sites' catalogues, and of Moodle's own; each name once, in the order of the names.
async::Task<Result<std::vector<KnownClass>>> event_classes(Call& call);

/// What to tell about a pattern that is a name which is in no site's catalogue, is none of Moodle's
/// own and never came in; "" = nothing. Such a rule is allowed: the plugin that makes the event may
/// come later.
async::Task<std::string> doubt_about(Call& call, std::string pattern);

}  // namespace mih::api
