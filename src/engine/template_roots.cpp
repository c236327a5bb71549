#include "engine/template_roots.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/nearest.hpp"

namespace mih::engine {
namespace {

constexpr std::array<std::string_view, 3> kSiteMembers{"id", "name", "url"};
constexpr std::array<std::string_view, 2> kRuleMembers{"id", "name"};
constexpr std::array<std::string_view, 1> kServiceMembers{"name"};
constexpr std::array<std::string_view, 2> kDeliveryMembers{"id", "attempt"};

constexpr std::array<std::string_view, 8> kPersonMembers{
    "id", "username", "email", "firstname", "lastname", "fullname", "idnumber", "lang"};
constexpr std::array<std::string_view, 5> kCourseMembers{"id", "shortname", "fullname", "idnumber",
                                                         "category"};

constexpr std::array<RootName, 31> kRoots{{
    {"action", Root::kField, {}},
    {"anonymous", Root::kField, {}},
    {"component", Root::kField, {}},
    {"contextid", Root::kField, {}},
    {"contextinstanceid", Root::kField, {}},
    {"contextlevel", Root::kField, {}},
    {"course", Root::kCourse, kCourseMembers},
    {"courseid", Root::kField, {}},
    {"crud", Root::kField, {}},
    {"delivery", Root::kDelivery, kDeliveryMembers},
    {"edulevel", Root::kField, {}},
    {"event", Root::kEvent, {}},
    {"eventname", Root::kField, {}},
    {"id", Root::kField, {}},
    {"ip", Root::kField, {}},
    {"now", Root::kNow, {}},
    {"objectid", Root::kField, {}},
    {"objecttable", Root::kField, {}},
    {"origin", Root::kField, {}},
    {"other", Root::kField, {}},
    {"realuser", Root::kRealUser, kPersonMembers},
    {"realuserid", Root::kField, {}},
    {"relateduser", Root::kRelatedUser, kPersonMembers},
    {"relateduserid", Root::kField, {}},
    {"rule", Root::kRule, kRuleMembers},
    {"service", Root::kService, kServiceMembers},
    {"site", Root::kSite, kSiteMembers},
    {"target", Root::kField, {}},
    {"timecreated", Root::kField, {}},
    {"user", Root::kUser, kPersonMembers},
    {"userid", Root::kField, {}},
}};

}  // namespace

std::span<const RootName> root_names() {
  return kRoots;
}

std::span<const std::string_view> person_members() {
  return kPersonMembers;
}

std::span<const std::string_view> course_members() {
  return kCourseMembers;
}

const RootName* find_root(std::string_view name) {
  const auto found = std::ranges::find(kRoots, name, &RootName::name);
  return found == kRoots.end() ? nullptr : &*found;
}

std::string unknown_root_message(std::string_view name) {
  std::vector<std::string_view> names;
  std::string all;
  for (const RootName& root : kRoots) {
    names.push_back(root.name);
    all += (all.empty() ? "" : ", ") + std::string{root.name};
  }
  std::string message = "unknown name '" + std::string{name} + "'";
  if (const std::string_view near = nearest(name, names); !near.empty()) {
    message += ", did you mean '" + std::string{near} + "'?";
  } else {
    message += ".";
  }
  return message + " Known names: " + all + "; any other field of an event is event.NAME";
}

}  // namespace mih::engine
