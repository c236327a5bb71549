#include "engine/enrichment.hpp"

#include <span>

#include "engine/event_reader.hpp"
#include "engine/template_roots.hpp"

namespace mih::engine {
namespace {

constexpr std::array<std::string_view, kEnrichedCount> kIdFields{"userid", "relateduserid",
                                                                 "realuserid", "courseid"};

SiteObject::Kind kind_of(std::size_t enriched) {
  const bool course = enriched == static_cast<std::size_t>(Enriched::kCourse);
  return course ? SiteObject::Kind::kCourse : SiteObject::Kind::kUser;
}

std::optional<std::int64_t> id_in(const json::Value& event, std::string_view field) {
  const auto value = event.find(field);
  if (!value || !value->is_number()) return std::nullopt;
  const auto id = value->as_int();
  return id && *id > 0 ? id : std::nullopt;
}

bool has_text(const json::Value& event, std::string_view field, std::string_view text) {
  const auto value = event.find(field);
  return value && value->is_string() && value->string_equals(text);
}

/// The object that the event is about, if it is a person or a course.
std::optional<SiteObject> subject_of(const json::Value& event) {
  const bool user = has_text(event, "objecttable", "user");
  if (!user && !has_text(event, "objecttable", "course")) return std::nullopt;
  const auto id = id_in(event, "objectid");
  if (!id) return std::nullopt;
  return SiteObject{user ? SiteObject::Kind::kUser : SiteObject::Kind::kCourse, *id};
}

/// What the event of a deletion has of the object that is gone.
std::string remains_of(const SiteObject& object, const json::Value& event) {
  const auto other = event.find("other");
  json::Writer out;
  out.begin_object();
  out.member("id", object.id);
  const bool user = object.kind == SiteObject::Kind::kUser;
  for (const auto name : (user ? person_members() : course_members()).subspan(1)) {
    const auto value = other && other->is_object() ? other->find(name) : std::nullopt;
    out.key(name);
    value ? out.raw(value->raw()) : out.null();
  }
  out.end_object();
  return out.take();
}

}  // namespace

References references_of(std::string_view name, const json::Value& event) {
  References references;
  if (is_anonymous(event)) return references;
  const auto gone = name.ends_with("_deleted") ? subject_of(event) : std::nullopt;
  for (std::size_t i = 0; i < kEnrichedCount; ++i) {
    const auto id = id_in(event, kIdFields[i]);
    if (!id) continue;
    const SiteObject object{kind_of(i), *id};
    if (object == gone) {
      references[i].known = remains_of(object, event);
    } else {
      references[i].object = object;
    }
  }
  return references;
}

std::optional<SiteObject> changed_object(const json::Value& event) {
  const bool changes =
      has_text(event, "crud", "c") || has_text(event, "crud", "u") || has_text(event, "crud", "d");
  return changes ? subject_of(event) : std::nullopt;
}

bool may_change_objects(std::string_view event) {
  constexpr std::string_view kField = "\"objecttable\"";
  constexpr std::string_view kBetween = " \t\r\n:";
  for (auto at = event.find(kField); at != std::string_view::npos; at = event.find(kField, at)) {
    at = std::min(event.find_first_not_of(kBetween, at + kField.size()), event.size());
    const auto value = event.substr(at);
    if (value.starts_with("\"user\"") || value.starts_with("\"course\"")) return true;
  }
  return false;
}

}  // namespace mih::engine
