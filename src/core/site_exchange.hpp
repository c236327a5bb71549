#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/ids.hpp"

/// What the hub asks of a Moodle and tells it, through the connector's callback.
namespace mih::core {

/// People and courses of a site, by their ids. Unsorted, repeats are allowed.
struct LookUp {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> courses;
};

/// What the site said: an entry for each id that was asked for. It is a JSON object with the fields
/// that templates know (users: id username email firstname lastname fullname idnumber lang;
/// courses: id shortname fullname idnumber category), or empty when there is no such id.
struct LookedUp {
  using Found = std::map<std::int64_t, std::optional<std::string>>;
  Found users;
  Found courses;

  bool operator==(const LookedUp&) const = default;
};

/// The site did not do what it was asked for.
struct SiteFailure {
  enum class Kind : std::uint8_t {
    kAway,     ///< it cannot be reached, or cannot do it now
    kRefused,  ///< its connector does not take this, now or later
  };
  Kind kind = Kind::kAway;
  std::string why;                      ///< for people
  SteadyTime retry_at{};                ///< kAway: before, it is no use to ask again
  bool tried = false;                   ///< a call was made
  std::optional<int> http_status = {};  ///< of its answer
};

}  // namespace mih::core
