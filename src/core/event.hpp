#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

/// A Moodle event as the hub keeps it: after the integer rule, with `id`, `site` and `timecreated`
/// appended where they were missing. `body` is JSON and always an object. An enqueued gateway call
/// is kept as an event without a name (service_call.hpp).
struct Event {
  EventSeq seq;
  std::string site;
  std::string id;    ///< 1 to 64 visible ASCII characters, unique per site
  std::string name;  ///< with the leading backslash
  std::string body;
  WallTime accepted{};
};

using EventPtr = std::shared_ptr<const Event>;

}  // namespace mih::core
