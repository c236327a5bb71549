#include "engine/template_roots.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace mih::engine {
namespace {

constexpr std::array<std::string_view, 3> kSiteMembers{"id", "name", "url"};
constexpr std::array<std::string_view, 2> kRuleMembers{"id", "name"};
constexpr std::array<std::string_view, 1> kServiceMembers{"name"};
constexpr std::array<std::string_view, 2> kDeliveryMembers{"id", "attempt"};

constexpr std::array<RootName, 27> kRoots{{
    {"action", Root::kField, {}},
    {"anonymous", Root::kField, {}},
    {"component", Root::kField, {}},
    {"contextid", Root::kField, {}},
    {"contextinstanceid", Root::kField, {}},
    {"contextlevel", Root::kField, {}},
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
    {"realuserid", Root::kField, {}},
    {"relateduserid", Root::kField, {}},
    {"rule", Root::kRule, kRuleMembers},
    {"service", Root::kService, kServiceMembers},
    {"site", Root::kSite, kSiteMembers},
    {"target", Root::kField, {}},
    {"timecreated", Root::kField, {}},
    {"userid", Root::kField, {}},
}};

/// Edits (insert, remove, replace) that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const RootName> root_names() {
  return kRoots;
}

const RootName* find_root(std::string_view name) {
  const auto found = std::ranges::find(kRoots, name, &RootName::name);
  return found == kRoots.end() ? nullptr : &*found;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t kLongestName = 64;
  if (name.size() > kLongestName) return {};
  std::string lower{name};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string_view best;
  std::size_t least = 1 + std::max<std::size_t>(1, name.size() / 3);
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(lower, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
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
