#include "cli/config_changes.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "api/json_views.hpp"
#include "base/json_compact.hpp"
#include "cli/client.hpp"
#include "cli/terminal.hpp"
#include "core/fields.hpp"

namespace mih::cli {
namespace {

constexpr std::size_t kLongestShown = 160;

const core::Field<core::Service>* service_field(std::string_view name) {
  const auto fields = core::service_fields();
  const auto found = std::ranges::find(fields, name, &core::Field<core::Service>::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string masked_headers(const json::Value& headers) {
  json::Writer out;
  out.begin_object();
  headers.each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.as_string();
    out.key(name);
    if (value.is_string()) {
      out.value(api::masked_header(name, value.as_string()));
    } else {
      out.raw(value.raw());
    }
  });
  out.end_object();
  return out.take();
}

/// A field's value as it may be seen.
std::string shown(std::string_view name, const json::Value& value) {
  const auto* field = service_field(name);
  if (field != nullptr && field->secret) {
    const bool empty = value.is_null() || (value.is_string() && value.string_equals(""));
    return json::quoted(empty ? std::string_view{} : core::kMask);
  }
  if (field != nullptr && field->url_password && value.is_string()) {
    return json::quoted(api::masked_url(value.as_string()));
  }
  if (name == "headers" && value.is_object()) return masked_headers(value);
  return json::compact(value);
}

std::string shortened(std::string text) {
  if (text.size() <= kLongestShown) return text;
  auto end = kLongestShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

std::string_view sign_of(Change::Action action) {
  switch (action) {
    case Change::Action::kCreate:
      return "+";
    case Change::Action::kUpdate:
      return "~";
    case Change::Action::kDelete:
      return "-";
  }
  return "";
}

void append(std::string& out, const Change& change) {
  out += fmt::format("{} {}{}{}\n", sign_of(change.action), change.kind,
                     change.name.empty() ? "" : " ", change.name);
  for (const auto& field : change.fields) {
    const auto after = shortened(field.after);
    out += field.before.empty()
               ? fmt::format("    {}: {}\n", field.name, after)
               : fmt::format("    {}: {} -> {}\n", field.name, shortened(field.before), after);
  }
}

void write(json::Writer& out, const std::vector<Change>& changes) {
  out.begin_array();
  for (const auto& change : changes) {
    out.begin_object();
    out.member("kind", change.kind);
    out.member("name", change.name);
    out.member("action", name_of(change.action));
    out.key("fields");
    out.begin_array();
    for (const auto& field : change.fields) {
      out.begin_object();
      out.member("name", field.name);
      out.key("before");
      field.before.empty() ? out.null() : out.raw(field.before);
      out.key("after");
      out.raw(field.after);
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string Change::path() const {
  if (kind == "settings") return "/settings";
  const std::string list = kind == "service" ? "/services" : "/rules";
  return action == Action::kCreate ? list : list + "/" + encoded(id);
}

std::string_view name_of(Change::Action action) {
  switch (action) {
    case Change::Action::kCreate:
      return "create";
    case Change::Action::kUpdate:
      return "update";
    case Change::Action::kDelete:
      return "delete";
  }
  return "";
}

std::string diff_text(const Changes& changes) {
  std::string out;
  for (const auto& change : changes.made)
    append(out, change);
  for (const auto& change : changes.left_out) {
    out += fmt::format("  {} {} is not in the file; --prune deletes it\n", change.kind,
                       change.name.empty() ? change.id : change.name);
  }
  return harmless(out, true);
}

std::string changes_json(const Changes& changes, bool applied) {
  json::Writer out;
  out.begin_object();
  out.member("applied", applied);
  out.key("changes");
  write(out, changes.made);
  out.key("not_in_file");
  write(out, changes.left_out);
  out.end_object();
  return out.take();
}

std::vector<FieldChange> field_changes(std::string_view before, std::string_view after,
                                       const std::vector<std::string>* names) {
  std::vector<FieldChange> out;
  json::Document old_item;
  json::Document new_item;
  if (!new_item.parse(after)) return out;
  const bool has_old = !before.empty() && old_item.parse(before);
  const auto add = [&](const std::string& name, const std::optional<json::Value>& value) {
    const auto old = has_old ? old_item.root().find(name) : std::nullopt;
    out.push_back({name, old ? shown(name, *old) : "", value ? shown(name, *value) : "null"});
  };
  if (names != nullptr) {
    for (const auto& name : *names)
      add(name, new_item.root().find(name));
    return out;
  }
  new_item.root().each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.as_string();
    if (name == "name") return;
    const auto old = has_old ? old_item.root().find(name) : std::nullopt;
    if (!old || json::compact(*old) != json::compact(value)) add(name, value);
  });
  return out;
}

}  // namespace mih::cli
