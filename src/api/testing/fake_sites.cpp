#include <algorithm>

#include "api/testing/fake_hub.hpp"

namespace mih::api::testing {

core::SiteId FakeSites::add(std::string name) {
  core::Site site;
  site.id.value = static_cast<std::int64_t>(list.size()) + 1;
  site.name = std::move(name);
  site.wwwroot = "https://moodle.example";
  site.callback_url = "https://moodle.example/callback.php";
  site.signon_key = "signon key of " + site.name;
  site.token.value = site.id.value;
  list.push_back(site);
  return site.id;
}

void FakeSites::save_site(core::Site site, Answer<core::Site> answer) {
  if (site.id) {
    *std::ranges::find(list, site.id, &core::Site::id) = site;
  } else if (std::ranges::find(list, site.name, &core::Site::name) != list.end()) {
    return answer(fail(ErrorCode::kNameTaken, "a site of that name exists already"));
  } else {
    site.id.value = static_cast<std::int64_t>(list.size()) + 1;
    list.push_back(site);
  }
  answer(std::move(site));
}

void FakeSites::remove_site(core::SiteId site, Answer<bool> answer) {
  std::erase_if(list, [&](const core::Site& known) { return known.id == site; });
  answer(true);
}

void FakeSites::connect_site(ConnectRequest request, Answer<Connected> answer) {
  const auto found = std::ranges::find(list, request.code_hash, &core::Site::code_hash);
  if (found == list.end()) return answer(fail(ErrorCode::kForbidden, "This code is not valid."));
  found->wwwroot = request.wwwroot;
  found->callback_key = "callback key";
  found->signon_key = "signon key";
  answer(Connected{*found, "mih_token"});
}

void FakeSites::save_catalogue(core::SiteId, std::string events, Answer<bool> answer) {
  catalogue = std::move(events);
  answer(true);
}

std::optional<std::int64_t> FakeSites::heard_from(std::string_view site, SiteReport report) {
  reports.emplace_back(site, std::move(report));
  if (std::ranges::find(list, site, &core::Site::name) == list.end()) return std::nullopt;
  return subscribed.version;
}

}  // namespace mih::api::testing
