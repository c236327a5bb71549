#include "engine/template_filters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <unicase.h>
#include <utility>

#include "base/base64.hpp"
#include "base/decimal.hpp"
#include "base/hash.hpp"
#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "engine/date_format.hpp"
#include "engine/escape.hpp"

namespace mih::engine {

/// What a filter may be given.
enum class ArgumentKind : std::uint8_t { kText, kNumber, kAny, kDateFormat, kTimeZone };

using Arguments = std::span<const FilterArgument>;
using Applied = std::expected<Datum, std::string>;

struct TemplateFilter {
  std::string_view name;
  Applied (*apply)(const Datum& value, Arguments arguments, const Scope& scope);
  std::size_t required = 0;  ///< arguments
  std::vector<ArgumentKind> kinds = {};
  std::string_view usage = {};
};

namespace {

std::unexpected<std::string> too_long() {
  return std::unexpected(std::string{"the text is over 4 MiB for this event"});
}

const std::string& text_of(const FilterArgument& argument) {
  return std::get<std::string>(argument);
}

bool is_container(const Datum& value) {
  const auto* json = std::get_if<json::Value>(&value);
  if (json != nullptr) return json->is_array() || json->is_object();
  const auto* own = std::get_if<OwnJson>(&value);
  return own != nullptr && own->text.starts_with('{');
}

/// Texts, numbers, true and false as text.
std::optional<std::string> scalar_text(const Datum& value) {
  if (std::holds_alternative<std::monostate>(value) || is_container(value)) return std::nullopt;
  std::string text;
  append_text(text, value);
  return text;
}

const json::Value* as_array(const Datum& value) {
  const auto* json = std::get_if<json::Value>(&value);
  return json != nullptr && json->is_array() ? json : nullptr;
}

/// A filter on the text of a value.
template <std::string (*Change)(const std::string&)>
Applied on_text(const Datum& value, Arguments, const Scope&) {
  const auto text = scalar_text(value);
  return text ? Datum{Change(*text)} : Datum{};
}

/// `text` with the case of its letters mapped (Unicode, without regard to a language).
template <class Map>
std::string map_case(const std::string& text, Map map) {
  std::size_t size = 0;
  auto* mapped = map(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), nullptr,
                     nullptr, nullptr, &size);
  if (mapped == nullptr) return text;
  std::string out{reinterpret_cast<const char*>(mapped), size};
  std::free(mapped);
  return out;
}

std::string upper(const std::string& text) {
  return map_case(text, u8_toupper);
}
std::string lower(const std::string& text) {
  return map_case(text, u8_tolower);
}

std::string trim(const std::string& text) {
  constexpr std::string_view kSpaces = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::string url_encoded(const std::string& text) {
  std::string out;
  append_url_encoded(out, text);
  return out;
}
std::string base64(const std::string& text) {
  return to_base64(text);
}
std::string sha256_hex(const std::string& text) {
  return to_hex(sha256(text));
}

std::string short_name(const std::string& text) {
  const auto last = text.rfind('\\');
  return last == std::string::npos ? text : text.substr(last + 1);
}

Applied otherwise(const Datum& value, Arguments arguments, const Scope&) {
  if (!std::holds_alternative<std::monostate>(value)) return value;
  return std::visit([](const auto& argument) { return Datum{argument}; }, arguments.front());
}

std::optional<std::string> whole_number(const Datum& value) {
  if (const auto* json = std::get_if<json::Value>(&value); json != nullptr && json->is_bool()) {
    return std::nullopt;
  }
  const auto text = scalar_text(value);
  const auto number = text ? Decimal::parse(*text) : std::nullopt;
  return number ? number->truncated() : std::nullopt;
}

Applied integer(const Datum& value, Arguments, const Scope&) {
  auto digits = whole_number(value);
  return digits ? Datum{OwnJson{std::move(*digits)}} : Datum{};
}

Applied as_text(const Datum& value, Arguments, const Scope&) {
  if (std::holds_alternative<std::monostate>(value)) return Datum{};
  std::string text;
  append_text(text, value);
  return Datum{std::move(text)};
}

Applied as_json(const Datum& value, Arguments, const Scope&) {
  if (std::holds_alternative<std::monostate>(value)) return Datum{};
  std::string json;
  append_json(json, value);
  return Datum{compact(json)};
}

Applied hmac(const Datum& value, Arguments arguments, const Scope& scope) {
  const auto& name = text_of(arguments.front());
  const auto secret = scope.secret ? scope.secret(name) : std::nullopt;
  if (!secret) return std::unexpected("there is no secret \"" + name + "\"");
  const auto text = scalar_text(value);
  if (text && scope.hide_signatures) return Datum{std::string{"<hmac>"}};
  return text ? Datum{to_hex(hmac_sha256(*secret, *text))} : Datum{};
}

Applied truncate(const Datum& value, Arguments arguments, const Scope&) {
  const auto text = scalar_text(value);
  if (!text) return Datum{};
  auto left = std::max<std::int64_t>(std::get<std::int64_t>(arguments.front()), 0);
  const auto end =
      std::ranges::find_if(*text, [&](char c) { return !utf8::is_continuation(c) && left-- == 0; });
  return Datum{std::string{text->begin(), end}};
}

Applied replace(const Datum& value, Arguments arguments, const Scope&) {
  auto text = scalar_text(value);
  if (!text) return Datum{};
  const auto& from = text_of(arguments[0]);
  const auto& to = text_of(arguments[1]);
  std::string out;
  std::size_t at = 0;
  for (auto hit = text->find(from); hit != std::string::npos; hit = text->find(from, at)) {
    out.append(*text, at, hit - at).append(to);
    if (out.size() > kMostFilteredBytes) return too_long();
    at = hit + from.size();
  }
  return Datum{out.append(*text, at)};
}

std::optional<std::int64_t> seconds_of(const Datum& value) {
  const auto digits = whole_number(value);
  std::int64_t seconds = 0;
  if (!digits) return std::nullopt;
  const auto* end = digits->data() + digits->size();
  const auto read = std::from_chars(digits->data(), end, seconds);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return seconds;
}

Applied formatted(const Datum& value, std::string_view format, std::string_view zone) {
  const auto seconds = seconds_of(value);
  auto text = seconds ? format_date(*seconds, format, zone) : std::nullopt;
  return text ? Datum{std::move(*text)} : Datum{};
}

Applied iso8601(const Datum& value, Arguments, const Scope&) {
  return formatted(value, "%Y-%m-%dT%H:%M:%SZ", kUtc);
}

Applied date(const Datum& value, Arguments arguments, const Scope&) {
  const auto zone = arguments.size() > 1 ? std::string_view{text_of(arguments[1])} : kUtc;
  return formatted(value, text_of(arguments[0]), zone);
}

Applied join(const Datum& value, Arguments arguments, const Scope&) {
  const auto* array = as_array(value);
  if (array == nullptr) return Datum{};
  std::string out;
  bool first = true;
  array->each_element([&](const json::Value& element) {
    if (out.size() > kMostFilteredBytes) return;
    if (!std::exchange(first, false)) out += text_of(arguments.front());
    if (!element.is_null()) append_text(out, element);
  });
  if (out.size() > kMostFilteredBytes) return too_long();
  return Datum{std::move(out)};
}

Datum element_of(const Datum& value, bool last) {
  const auto* array = as_array(value);
  if (array == nullptr || array->empty()) return {};
  const auto found = array->at(last ? array->size() - 1 : 0);
  return found && !found->is_null() ? Datum{*found} : Datum{};
}

Applied first(const Datum& value, Arguments, const Scope&) {
  return element_of(value, false);
}
Applied last(const Datum& value, Arguments, const Scope&) {
  return element_of(value, true);
}

Applied count(const Datum& value, Arguments, const Scope&) {
  const auto* json = std::get_if<json::Value>(&value);
  if (json == nullptr || !is_container(value)) return Datum{};
  return Datum{static_cast<std::int64_t>(json->size())};
}

const std::array<TemplateFilter, 20>& filters() {
  using enum ArgumentKind;
  static const std::array<TemplateFilter, 20> kFilters{{
      {"base64", on_text<base64>},
      {"count", count},
      {"date", date, 1, {kDateFormat, kTimeZone}, R"(date("%Y-%m-%d", "Europe/Madrid"))"},
      {"default", otherwise, 1, {kAny}, R"(default("x"))"},
      {"first", first},
      {"hmac_sha256", hmac, 1, {kText}, R"(hmac_sha256("name of a secret"))"},
      {"int", integer},
      {"iso8601", iso8601},
      {"join", join, 1, {kText}, R"(join(","))"},
      {"json", as_json},
      {"last", last},
      {"lower", on_text<lower>},
      {"replace", replace, 2, {kText, kText}, R"(replace("a", "b"))"},
      {"sha256", on_text<sha256_hex>},
      {"short", on_text<short_name>},
      {"string", as_text},
      {"trim", on_text<trim>},
      {"truncate", truncate, 1, {kNumber}, "truncate(80)"},
      {"upper", on_text<upper>},
      {"urlencode", on_text<url_encoded>},
  }};
  return kFilters;
}

std::optional<std::string> check_argument(ArgumentKind kind, const FilterArgument& argument) {
  const auto* text = std::get_if<std::string>(&argument);
  const auto* number = std::get_if<std::int64_t>(&argument);
  switch (kind) {
    case ArgumentKind::kAny:
      return std::nullopt;
    case ArgumentKind::kNumber:
      if (number == nullptr || *number < 0) return "takes a whole number";
      return std::nullopt;
    case ArgumentKind::kText:
      if (text == nullptr) return "takes a text in quotes";
      return std::nullopt;
    case ArgumentKind::kDateFormat:
      if (text == nullptr) return "takes a format in quotes";
      return check_date_format(*text);
    case ArgumentKind::kTimeZone:
      if (text == nullptr || !is_time_zone(*text)) {
        return "takes a time zone in quotes, such as \"Europe/Madrid\" or \"UTC\"";
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

const TemplateFilter* find_template_filter(std::string_view name) {
  const auto found = std::ranges::find(filters(), name, &TemplateFilter::name);
  return name.empty() || found == filters().end() ? nullptr : &*found;
}

std::string unknown_filter_message(std::string_view name) {
  std::vector<std::string_view> names;
  std::string all;
  for (const auto& filter : filters()) {
    names.push_back(filter.name);
    all += (all.empty() ? "" : ", ") + std::string{filter.name};
  }
  std::string message = "there is no filter '" + std::string{name} + "'";
  const auto near = nearest(name, names);
  message += near.empty() ? "." : ", did you mean '" + std::string{near} + "'?";
  return message + " Known filters: " + all;
}

std::optional<std::string> check_arguments(const TemplateFilter& filter, Arguments arguments) {
  const auto wrong = [&](std::string_view what) {
    std::string message = "the filter '" + std::string{filter.name} + "' " + std::string{what};
    if (!filter.usage.empty()) message += ": " + std::string{filter.usage};
    return message;
  };
  if (arguments.size() > filter.kinds.size() && filter.kinds.empty()) {
    return wrong("takes nothing in brackets");
  }
  if (arguments.size() < filter.required || arguments.size() > filter.kinds.size()) {
    return wrong(filter.required == 1 ? "needs one value in brackets"
                                      : "needs its values in brackets");
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (auto fault = check_argument(filter.kinds[i], arguments[i])) return wrong(*fault);
  }
  if (filter.apply == replace && text_of(arguments.front()).empty()) {
    return wrong("cannot replace an empty text");
  }
  return std::nullopt;
}

Applied apply(const FilterCall& call, const Datum& value, const Scope& scope) {
  auto applied = call.filter->apply(value, call.arguments, scope);
  if (applied && size_of(*applied) > kMostFilteredBytes) return too_long();
  return applied;
}

}  // namespace mih::engine
