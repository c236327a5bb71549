#include "cli/config_items.hpp"

#include "base/json.hpp"

namespace mih::cli {
namespace {

std::string text_of(const json::Value& item, std::string_view name) {
  const auto found = item.find(name);
  if (!found || found->is_null()) return {};
  return found->is_string() ? found->as_string() : std::string{found->raw()};
}

/// All items of a list, page by page.
std::optional<std::vector<HubItem>> read_list(Session& session, const std::string& path,
                                              std::string_view id) {
  std::vector<HubItem> items;
  std::string cursor;
  do {
    QueryText query;
    query.add("limit", "500").add("cursor", cursor);
    const auto answer = session.call("GET", path + query.text());
    json::Document page;
    if (!answer || !page.parse(answer->body)) return std::nullopt;
    const auto list = page.root().find("items");
    if (!list || !list->is_array()) return std::nullopt;
    list->each_element([&](const json::Value& item) {
      items.push_back({text_of(item, id), text_of(item, "name"), std::string{item.raw()}});
    });
    cursor = text_of(page.root(), "next_cursor");
  } while (!cursor.empty());
  return items;
}

}  // namespace

std::optional<HubItems> read_hub_items(Session& session) {
  auto services = read_list(session, "/services", "name");
  if (!services) return std::nullopt;
  auto rules = read_list(session, "/rules", "id");
  if (!rules) return std::nullopt;
  auto settings = session.call("GET", "/settings");
  if (!settings) return std::nullopt;
  return HubItems{std::move(*services), std::move(*rules), std::move(settings->body)};
}

}  // namespace mih::cli
