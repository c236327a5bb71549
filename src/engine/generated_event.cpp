#include "engine/generated_event.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/json.hpp"

namespace mih::engine {
namespace {

constexpr std::int64_t kContext = 25;
constexpr std::int64_t kInstance = 12;
constexpr std::int64_t kObject = 5;
constexpr std::int64_t kActor = 2;
constexpr std::int64_t kOther = 3;
constexpr std::int64_t kCourse = 4;

struct NameParts {
  std::string_view component;
  std::string_view target;
  std::string_view action;
};

/// `\mod_quiz\event\attempt_submitted`: mod_quiz, attempt, submitted.
NameParts parts_of(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  const auto component = name.substr(0, name.find('\\'));
  const auto last = name.rfind('\\');
  const auto what = last == std::string_view::npos ? name : name.substr(last + 1);
  const auto bar = what.rfind('_');
  if (bar == std::string_view::npos) return {component, what, what};
  return {component, what.substr(0, bar), what.substr(bar + 1)};
}

std::string_view crud_of(std::string_view action) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKnown{{
      {"created", "c"},
      {"added", "c"},
      {"assigned", "c"},
      {"uploaded", "c"},
      {"viewed", "r"},
      {"deleted", "d"},
      {"removed", "d"},
      {"unassigned", "d"},
      {"downloaded", "r"},
  }};
  const auto* found = std::ranges::find(kKnown, action, [](const auto& one) { return one.first; });
  return found == kKnown.end() ? "u" : found->second;
}

void text_or_null(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

}  // namespace

EventClass guessed_class(std::string_view name) {
  const auto parts = parts_of(name);
  EventClass made{.name = name};
  made.crud = crud_of(parts.action);
  made.about_a_user = parts.target.starts_with("user");
  return made;
}

std::string generated_event(const EventClass& event, std::int64_t now_s) {
  const auto parts = parts_of(event.name);
  json::Writer out;
  out.begin_object();
  out.member("eventname", event.name);
  out.member("component", parts.component);
  out.member("action", parts.action);
  out.member("target", parts.target);
  text_or_null(out, "objecttable", event.objecttable);
  out.key("objectid");
  event.objecttable.empty() ? out.null() : out.value(kObject);
  out.member("crud", event.crud);
  out.member("edulevel", event.edulevel);
  out.member("contextid", kContext);
  out.member("contextlevel", event.contextlevel);
  out.member("contextinstanceid", event.in_a_course ? kInstance : std::int64_t{0});
  out.member("userid", kActor);
  out.member("courseid", event.in_a_course ? kCourse : std::int64_t{0});
  out.key("relateduserid");
  event.about_a_user ? out.value(kOther) : out.null();
  out.member("anonymous", 0);
  out.key("other");
  event.other.empty() ? out.null() : out.raw(event.other);
  out.member("timecreated", now_s);
  out.member("id", "example");
  out.member("origin", "web");
  out.member("ip", "192.0.2.1");
  out.key("realuserid");
  out.null();
  out.end_object();
  return out.take();
}

std::string name_for_pattern(std::string_view pattern) {
  if (pattern.find('*') == std::string_view::npos) return std::string{pattern};
  if (pattern == "*") return R"(\core\event\user_created)";
  std::string name;
  for (const char c : pattern)
    c == '*' ? name.append("example") : name.append(1, c);
  return name;
}

}  // namespace mih::engine
