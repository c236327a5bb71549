#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

/// What templates know of an event's people and course beyond the event: the site is asked for it.
namespace mih::engine {

/// Something of a site that an event refers to by its id.
struct SiteObject {
  enum class Kind : std::uint8_t { kUser, kCourse };
  Kind kind = Kind::kUser;
  std::int64_t id = 0;

  auto operator<=>(const SiteObject&) const = default;
};

/// The roots of templates that are looked up.
enum class Enriched : std::uint8_t { kUser, kRelatedUser, kRealUser, kCourse };
inline constexpr std::size_t kEnrichedCount = 4;

/// Which of them the templates of a rule use.
using EnrichmentNeeds = std::bitset<kEnrichedCount>;

/// The JSON object that each stands for; "" = null. By Enriched.
using Enrichment = std::array<std::string_view, kEnrichedCount>;

/// What one of them stands for in one event.
struct Reference {
  std::optional<SiteObject> object;  ///< to be looked up
  std::string known;  ///< JSON that the event itself has of it; "" = null if not looked up
};

/// By Enriched.
using References = std::array<Reference, kEnrichedCount>;

/// Who and what an event refers to. Of a `*_deleted` event the deleted one is what `other` has of
/// it; in an anonymous event all are null. `name` has its leading backslash.
References references_of(std::string_view name, const json::Value& event);

/// The person or course that an event says was made, changed or deleted: what was known of it is
/// out of date.
std::optional<SiteObject> changed_object(const json::Value& event);
/// Quick: false if changed_object() would certainly find none in this stored event.
bool may_change_objects(std::string_view event);

}  // namespace mih::engine
