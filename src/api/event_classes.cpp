#include "api/event_classes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/nearest.hpp"
#include "engine/generated_event.hpp"
#include "engine/moodle_events.hpp"

namespace mih::api {
namespace {

constexpr std::string_view kOwnEvents = R"(\local_integrationhub\event\)";

using Classes = std::map<std::string, KnownClass, std::less<>>;

std::string text_of(const json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->is_string() ? value->as_string() : "";
}

void add_catalogue(Classes& classes, std::string_view catalogue) {
  json::Document document;
  if (!document.parse(catalogue) || !document.root().is_array()) return;
  document.root().each_element([&](const json::Value& entry) {
    if (!entry.is_object()) return;
    KnownClass known;
    known.name = text_of(entry, "eventname");
    if (known.name.empty()) return;
    known.title = text_of(entry, "title");
    known.component = text_of(entry, "component");
    known.objecttable = text_of(entry, "objecttable");
    known.crud = text_of(entry, "crud");
    const auto edulevel = entry.find("edulevel");
    if (edulevel && edulevel->is_number()) known.edulevel = edulevel->as_int().value_or(0);
    auto name = known.name;
    classes.insert_or_assign(std::move(name), std::move(known));
  });
}

void add_core(Classes& classes) {
  for (const auto& known : engine::core_events()) {
    KnownClass made;
    made.name = known.name;
    made.objecttable = known.objecttable;
    made.crud = known.crud;
    made.edulevel = known.edulevel;
    classes.emplace(made.name, std::move(made));
  }
}

}  // namespace

engine::EventClass KnownClass::view() const {
  const auto* own = engine::find_core_event(name);
  auto made = own ? *own : engine::guessed_class(name);
  made.name = name;
  made.objecttable = objecttable;
  if (!crud.empty()) made.crud = crud;
  made.edulevel = static_cast<int>(edulevel);
  return made;
}

async::Task<std::string> doubt_about(Call& call, std::string pattern) {
  if (pattern.find('*') != std::string::npos) co_return "";
  if (pattern.starts_with(kOwnEvents)) co_return "";
  const auto classes = co_await event_classes(call);
  if (!classes) co_return "";
  const auto seen = call.api.hub.event_names();
  std::vector<std::string_view> names;
  for (const auto& known : *classes)
    names.push_back(known.name);
  for (const auto& known : seen)
    names.push_back(known.name);
  const auto from_site = [](const KnownClass& known) { return !known.component.empty(); };
  const bool is_told = std::ranges::any_of(*classes, from_site);
  const auto own = is_told ? std::vector<std::string>{} : engine::moodle_events();
  names.insert(names.end(), own.begin(), own.end());
  if (std::ranges::find(names, pattern) != names.end()) co_return "";
  std::string doubt = "No event of the name " + pattern + " is known.";
  if (const auto near = nearest(pattern, names); !near.empty()) {
    doubt += " Did you mean " + std::string{near} + "?";
  }
  if (!is_told) doubt += " No Moodle has told yet which events it has.";
  co_return doubt;
}

async::Task<Result<std::vector<KnownClass>>> event_classes(Call& call) {
  std::vector<core::SiteId> sites;
  for (const auto& site : call.api.hub.sites().sites()) {
    if (call.caller.site.empty() || call.caller.site == site.name) sites.push_back(site.id);
  }
  co_return co_await call.read(
      [sites = std::move(sites)](store::Reader& reader) -> Result<std::vector<KnownClass>> {
        Classes classes;
        for (const auto site : sites) {
          const auto catalogue = reader.catalogue(site);
          if (!catalogue) return std::unexpected(catalogue.error());
          add_catalogue(classes, *catalogue);
        }
        add_core(classes);
        std::vector<KnownClass> list;
        for (auto& entry : classes)
          list.push_back(std::move(entry.second));
        return list;
      });
}

}  // namespace mih::api
