#include "engine/datum.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/decimal.hpp"
#include "engine/template_program.hpp"

namespace mih::engine {
namespace {

template <class... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

Datum walk(json::Value value, const std::vector<Step>& steps, std::size_t& work) {
  for (const Step& step : steps) {
    std::optional<json::Value> next;
    if (value.is_object()) {
      work += value.size();
      next = value.find(step.name);
    } else if (value.is_array() && step.index) {
      work += std::min(value.size(), *step.index);
      next = value.at(*step.index);
    }
    if (!next) return {};
    value = *next;
  }
  if (value.is_null()) return {};
  return value;
}

std::optional<std::string_view> if_known(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

Datum text_or_nothing(std::string_view text) {
  return text.empty() ? Datum{} : Datum{text};
}

std::string site_json(const Scope& scope) {
  json::Writer out;
  out.begin_object();
  out.member("id", scope.site_id);
  out.member("name", if_known(scope.site_name));
  out.member("url", if_known(scope.site_url));
  out.end_object();
  return out.take();
}

std::string rule_json(const Scope& scope) {
  json::Writer out;
  out.begin_object();
  out.member("id", scope.rule_id.value);
  out.member("name", scope.rule_name);
  out.end_object();
  return out.take();
}

std::string service_json(const Scope& scope) {
  json::Writer out;
  out.begin_object();
  out.member("name", scope.service_name);
  out.end_object();
  return out.take();
}

std::string delivery_json(const Scope& scope) {
  json::Writer out;
  out.begin_object();
  out.member("id", scope.delivery_id);
  out.member("attempt", scope.attempt);
  out.end_object();
  return out.take();
}

Datum site(const Scope& scope, std::string_view member) {
  if (member == "id") return scope.site_id;
  if (member == "name") return text_or_nothing(scope.site_name);
  if (member == "url") return text_or_nothing(scope.site_url);
  return OwnJson{site_json(scope)};
}

Datum rule(const Scope& scope, std::string_view member) {
  if (member == "id") return scope.rule_id.value;
  if (member == "name") return scope.rule_name;
  return OwnJson{rule_json(scope)};
}

Datum delivery(const Scope& scope, std::string_view member) {
  if (member == "id") return scope.delivery_id;
  if (member == "attempt") return std::int64_t{scope.attempt};
  return OwnJson{delivery_json(scope)};
}

Datum enriched(const std::optional<json::Value>& object, std::string_view member) {
  if (!object || member.empty()) return object ? Datum{*object} : Datum{};
  const auto value = object->find(member);
  return value && !value->is_null() ? Datum{*value} : Datum{};
}

}  // namespace

EventFields::EventFields(const std::vector<std::string>& names, const json::Value& event)
    : found_(names.size()) {
  if (names.empty()) return;
  event.each_member([&](const json::Value& key, const json::Value& value) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (key.string_equals(names[i])) {
        found_[i] = value;  // of members with one name the last wins
        return;
      }
    }
  });
}

Datum resolve(const Path& path, const Scope& scope, const EventFields& fields, const Item* item) {
  const auto flag = [](bool set) { return Datum{OwnJson{set ? "true" : "false"}}; };
  switch (path.root) {
    case Root::kField:
      return fields[path.field] ? walk(*fields[path.field], path.steps, scope.work) : Datum{};
    case Root::kEvent:
      return *scope.event;
    case Root::kSite:
      return site(scope, path.name);
    case Root::kRule:
      return rule(scope, path.name);
    case Root::kService:
      if (path.name.empty()) return OwnJson{service_json(scope)};
      return scope.service_name;
    case Root::kDelivery:
      return delivery(scope, path.name);
    case Root::kNow:
      return scope.now_s;
    case Root::kUser:
    case Root::kRelatedUser:
    case Root::kRealUser:
    case Root::kCourse:
      return enriched(scope.enriched[*enriched_of(path.root)], path.name);
    case Root::kThis:
      return walk(item->value, path.steps, scope.work);
    case Root::kIndex:
      return static_cast<std::int64_t>(item->index);
    case Root::kFirst:
      return flag(item->first);
    case Root::kLast:
      return flag(item->last);
    case Root::kKey:
      return item->key ? Datum{*item->key} : Datum{};
  }
  return {};
}

std::size_t size_of(const Datum& datum) {
  if (const auto* value = std::get_if<json::Value>(&datum)) return value->raw().size();
  if (const auto* text = std::get_if<std::string_view>(&datum)) return text->size();
  if (const auto* own = std::get_if<OwnJson>(&datum)) return own->text.size();
  const auto* made = std::get_if<std::string>(&datum);
  return made ? made->size() : 0;
}

bool is_false(const Datum& datum) {
  const auto text = [](std::string_view of) { return of.empty() || of == "0"; };
  return std::visit(Overloaded{[](std::monostate) { return true; },
                               [&](const json::Value& value) {
                                 if (value.is_string()) return text(value.as_string());
                                 if (value.is_number()) {
                                   return Decimal::parse(value.raw()) == Decimal::parse("0");
                                 }
                                 if (value.is_array() || value.is_object()) return value.empty();
                                 return value.kind() != json::Kind::kTrue;
                               },
                               [&](std::string_view of) { return text(of); },
                               [](std::int64_t number) { return number == 0; },
                               [](const OwnJson& json) { return json.text == "false"; },
                               [&](const std::string& of) { return text(of); }},
                    datum);
}

void append_json(std::string& out, const Datum& datum) {
  std::visit(Overloaded{[&](std::monostate) { out += "null"; },
                        [&](const json::Value& value) { out += value.raw(); },
                        [&](std::string_view text) {
                          out.push_back('"');
                          json::append_escaped(out, text);
                          out.push_back('"');
                        },
                        [&](std::int64_t number) { append_number(out, number); },
                        [&](const OwnJson& json) { out += json.text; },
                        [&](const std::string& text) { out += json::quoted(text); }},
             datum);
}

void append_json_text(std::string& out, const Datum& datum) {
  std::visit(Overloaded{[](std::monostate) {},
                        [&](const json::Value& value) {
                          if (value.is_string()) {
                            out += value.raw_string();
                          } else if (value.is_array() || value.is_object()) {
                            json::append_escaped(out, compact(value.raw()));
                          } else {
                            out += value.raw();
                          }
                        },
                        [&](std::string_view text) { json::append_escaped(out, text); },
                        [&](std::int64_t number) { append_number(out, number); },
                        [&](const OwnJson& json) { json::append_escaped(out, json.text); },
                        [&](const std::string& text) { json::append_escaped(out, text); }},
             datum);
}

void append_text(std::string& out, const Datum& datum) {
  std::visit(Overloaded{[](std::monostate) {},
                        [&](const json::Value& value) {
                          if (value.is_string()) {
                            out += value.as_string();
                          } else if (value.is_array() || value.is_object()) {
                            out += compact(value.raw());
                          } else {
                            out += value.raw();
                          }
                        },
                        [&](std::string_view text) { out += text; },
                        [&](std::int64_t number) { append_number(out, number); },
                        [&](const OwnJson& json) { out += json.text; },
                        [&](const std::string& text) { out += text; }},
             datum);
}

std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out.push_back(c);
      if (c == '\\') out.push_back(json[++i]);
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    in_string = c == '"';
    out.push_back(c);
  }
  return out;
}

}  // namespace mih::engine
