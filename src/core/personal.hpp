#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

/// What belongs to a person of a Moodle, and that it was asked to be erased.
namespace mih::core {

/// Whether an event, the payload of a call or a message is about a user of its site: a member
/// `userid`, `relateduserid` or `realuserid` at any depth is theirs, or the event is one of
/// `\core\event\user_...` and its `objectid` is.
bool concerns(std::string_view eventname, const json::Value& content, std::int64_t user);

/// The same for JSON text; what is not JSON concerns nobody.
bool text_concerns(std::string_view eventname, std::string_view content, std::int64_t user);

/// Whom something is about: whoever concerns() would find. Kept along with a copy of it, so that
/// the copy can be erased with them.
struct People {
  static constexpr std::size_t kMost = 16;

  std::vector<std::int64_t> users = {};  ///< ascending
  bool many = false;                     ///< more than kMost: anybody of the site may be among them

  bool include(std::int64_t user) const;
  /// "5 17", "*" for many, "" for nobody; and back.
  std::string text() const;
  static People from_text(std::string_view text);
  bool operator==(const People&) const = default;
};

People people_of(std::string_view eventname, const json::Value& content);

/// A request to erase what the hub has of a person, worked off in steps, over restarts.
struct Erasure {
  std::int64_t id = 0;
  std::string site;
  std::int64_t user = 0;  ///< 0 as soon as it is done
  bool done = false;
  std::int64_t events = 0;        ///< erased so far
  std::int64_t dead_letters = 0;  ///< likewise
  std::int64_t log_rows = 0;      ///< likewise
  std::int64_t waiting = 0;       ///< events with a delivery that is still open
  WallTime created{};
};

}  // namespace mih::core
