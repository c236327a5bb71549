#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "core/ids.hpp"

namespace mih::core {

/// A Moodle that is connected, or about to be. Its name is the `site` of its events and never
/// changes.
struct Site {
  SiteId id;
  std::string name;
  std::string wwwroot;       ///< "" until it is connected
  std::string callback_url;  ///< where the hub calls it; "" = not at all
  std::string plugin_version;
  std::string moodle_version;
  std::int64_t outbox_rows = 0;
  WallTime last_seen{};
  TokenId token;                    ///< its ingest token; none until it is connected
  std::string callback_key;         ///< signs what the hub sends to it
  std::string signon_key;           ///< signs what it says about its users
  std::optional<Sha256> code_hash;  ///< of the one-time code that connects it
  WallTime code_expires{};
  std::int64_t list_version = 0;  ///< the newest subscription list that it has acknowledged

  WallTime created{};
  WallTime modified{};

  bool is_connected() const { return static_cast<bool>(token); }
};

/// Whether a name may be given to a site: `[A-Za-z0-9][A-Za-z0-9._-]{0,62}`, not "default".
bool is_site_name(std::string_view name);

/// Whether it may be the address of a site or of its callback: http or https, at most 1333 bytes,
/// no white space, quotes or fragment.
bool is_site_url(std::string_view text);

/// A pattern that enabled rules need.
struct SubscribedPattern {
  std::string pattern;
  std::int64_t since = 0;   ///< version of the list that had it first
  WallTime active_since{};  ///< when every connected site had acknowledged it; epoch = not yet
};

/// What the connected sites have to capture. Versions only grow, also over a restored backup: a new
/// one is the time in milliseconds, or one more than the last.
struct Subscriptions {
  std::int64_t version = 0;
  std::vector<SubscribedPattern> patterns;  ///< in the order of their text
  std::vector<std::string> sample{};        ///< patterns of which samples are wanted; not kept
};

}  // namespace mih::core
