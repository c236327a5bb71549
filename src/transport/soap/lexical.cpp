#include "transport/soap/lexical.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>

#include "base/decimal.hpp"
#include "transport/soap/names.hpp"

namespace mih::transport::soap {
namespace {

constexpr std::size_t kMostShown = 80;
constexpr int kMostUnionDepth = 8;

std::string shown(const json::Value& value) {
  std::string text{value.raw().substr(0, kMostShown)};
  if (value.raw().size() > kMostShown) text += "...";
  return text;
}

std::unexpected<Error> unsuitable(std::string_view expected, const json::Value& value) {
  return fail(ErrorCode::kTemplateInvalid,
              fmt::format("expects {}, got {}", expected, shown(value)));
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// True if `text` has the form: 9 stands for a digit, everything else for itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(
      text, form, [](char c, char f) { return f == '9' ? c >= '0' && c <= '9' : c == f; });
}

/// The text of a number or of a text that spells one, else "".
std::string number_text(const json::Value& value) {
  if (value.is_number()) return std::string{value.raw()};
  if (!value.is_string()) return {};
  std::string text{trimmed(value.as_string())};
  if (text.starts_with('+')) text.erase(0, 1);
  return text;
}

/// `text` without leading zeros and with digits on both sides of the point, if it is of digits, one
/// sign and one point; as JSON spells it.
std::optional<std::string> plain_decimal(std::string_view text) {
  std::string out;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text.front() == '-') out = "-";
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : "";
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if ((!whole.empty() && !is_digits(whole)) || (!fraction.empty() && !is_digits(fraction))) {
    return std::nullopt;
  }
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  out += whole.empty() ? "0" : whole;
  if (!fraction.empty()) out.append(".").append(fraction);
  return out;
}

Result<std::string> integer_text(const Builtin& builtin, const json::Value& value) {
  const std::string expected = fmt::format("a whole number ({})", builtin.name);
  const std::string given = number_text(value);
  const std::string text = plain_decimal(given).value_or(given);
  const auto number = Decimal::parse(text);
  if (!number) return unsuitable(expected, value);
  auto digits = number->truncated();
  if (!digits) return unsuitable(expected, value);
  if (Decimal::parse(*digits) != number) return unsuitable(expected, value);
  const bool below = !builtin.least.empty() && *number < *Decimal::parse(builtin.least);
  const bool above = !builtin.most.empty() && *number > *Decimal::parse(builtin.most);
  if (below || above) {
    return unsuitable(fmt::format("{} from {} to {}", expected,
                                  builtin.least.empty() ? "-infinity" : builtin.least,
                                  builtin.most.empty() ? "infinity" : builtin.most),
                      value);
  }
  return std::move(*digits);
}

/// xsd:decimal knows no exponents.
Result<std::string> decimal_text(const json::Value& value) {
  const std::string text = number_text(value);
  if (auto plain = plain_decimal(text)) return std::move(*plain);
  const auto number = Decimal::parse(text);
  double approximate = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), approximate);
  constexpr double kMost = 1e30;
  if (!number || read.ec != std::errc{} || approximate > kMost || approximate < -kMost) {
    return unsuitable("a decimal number", value);
  }
  std::array<char, 512> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), approximate,
                                     std::chars_format::fixed);
  if (written.ec != std::errc{}) return unsuitable("a decimal number", value);
  return std::string{digits.data(), written.ptr};
}

Result<std::string> float_text(const json::Value& value) {
  std::string text = number_text(value);
  if (value.is_string() && (text == "INF" || text == "-INF" || text == "NaN")) return text;
  if (auto plain = plain_decimal(text)) return std::move(*plain);
  if (!Decimal::parse(text)) return unsuitable("a number", value);
  return text;
}

Result<std::string> boolean_text(const json::Value& value) {
  if (value.is_bool()) return std::string{value.raw()};
  const std::string text = number_text(value);
  if (text == "1" || text == "true") return "true";
  if (text == "0" || text == "false") return "false";
  return unsuitable("true or false", value);
}

/// Unix seconds as a moment in UTC.
std::optional<std::string> moment(const json::Value& value) {
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  const auto seconds = value.is_number() ? value.as_int() : std::nullopt;
  if (!seconds || *seconds >= kYear10000 || *seconds < -62'135'596'800) return std::nullopt;
  const std::chrono::sys_seconds time{std::chrono::seconds{*seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

bool is_zone(std::string_view text) {
  return text.empty() || text == "Z" || has_form(text, "+99:99") || has_form(text, "-99:99");
}

bool is_date(std::string_view text) {
  if (text.size() < 10 || !has_form(text.substr(0, 10), "9999-99-99") ||
      !is_zone(text.substr(10))) {
    return false;
  }
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  std::from_chars(text.data(), text.data() + 4, year);
  std::from_chars(text.data() + 5, text.data() + 7, month);
  std::from_chars(text.data() + 8, text.data() + 10, day);
  return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month},
                                     std::chrono::day{day}}
      .ok();
}

bool is_time(std::string_view text) {
  if (text.size() < 8 || !has_form(text.substr(0, 8), "99:99:99")) return false;
  if (text.substr(0, 2) > "24" || text.substr(3, 2) > "59" || text.substr(6, 2) > "59") {
    return false;
  }
  text.remove_prefix(8);
  if (text.starts_with('.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (end == 1) return false;
    text.remove_prefix(end);
  }
  return is_zone(text);
}

Result<std::string> date_time_text(const json::Value& value) {
  constexpr std::string_view kExpected = "a dateTime such as 2024-02-18T12:22:19Z";
  if (auto unix_time = moment(value)) return std::move(*unix_time);
  if (!value.is_string()) return unsuitable(kExpected, value);
  std::string text{trimmed(value.as_string())};
  if (text.size() == 10) text += "T00:00:00";
  if (text.size() > 10 && (text[10] == ' ' || text[10] == 't')) text[10] = 'T';
  if (text.size() < 11 || text[10] != 'T' || !is_date(text.substr(0, 10)) ||
      !is_time(std::string_view{text}.substr(11))) {
    return unsuitable(kExpected, value);
  }
  return text;
}

Result<std::string> date_text(const json::Value& value) {
  if (auto unix_time = moment(value)) return unix_time->substr(0, 10);
  if (value.is_string()) {
    std::string text{trimmed(value.as_string())};
    if (is_date(text)) return text;
    const auto whole = date_time_text(value);
    if (whole) return whole->substr(0, 10);
  }
  return unsuitable("a date such as 2024-02-18", value);
}

Result<std::string> time_text(const json::Value& value) {
  if (auto unix_time = moment(value)) return unix_time->substr(11);
  if (value.is_string()) {
    std::string text{trimmed(value.as_string())};
    if (text.size() == 5) text += ":00";
    if (is_time(text)) return text;
  }
  return unsuitable("a time such as 12:22:19", value);
}

bool is_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  return (text.size() + padding) % 4 == 0 && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '/';
         });
}

Result<std::string> base64_text(const json::Value& value) {
  if (!value.is_string()) return unsuitable("base64 text", value);
  std::string text = value.as_string();
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
  if (!is_base64(text)) return unsuitable("base64 text", value);
  return text;
}

Result<std::string> hex_text(const json::Value& value) {
  std::string text = value.is_string() ? value.as_string() : "?";
  const bool is_hex =
      text.size() % 2 == 0 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      });
  if (!is_hex) return unsuitable("hexadecimal text", value);
  return text;
}

Result<std::string> plain_text(const json::Value& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_number() || value.is_bool()) return std::string{value.raw()};
  return unsuitable("text", value);
}

Result<std::string> builtin_text(const Builtin& builtin, const json::Value& value) {
  switch (builtin.lexical) {
    case Lexical::kBoolean:
      return boolean_text(value);
    case Lexical::kInteger:
      return integer_text(builtin, value);
    case Lexical::kDecimal:
      return decimal_text(value);
    case Lexical::kFloat:
      return float_text(value);
    case Lexical::kDateTime:
      return date_time_text(value);
    case Lexical::kDate:
      return date_text(value);
    case Lexical::kTime:
      return time_text(value);
    case Lexical::kBase64:
      return base64_text(value);
    case Lexical::kHex:
      return hex_text(value);
    case Lexical::kAny:
    case Lexical::kText:
    case Lexical::kQName:
    case Lexical::kToken:
      return plain_text(value);
  }
  return plain_text(value);
}

Result<std::string> list_text(const Type& type, const json::Value& value);

Result<std::string> text_of(const Type& type, const json::Value& value, int depth) {
  if (!type.enumeration.empty()) {
    auto text = plain_text(value);
    if (text && std::ranges::find(type.enumeration, *text) != type.enumeration.end()) return text;
    if (!type.item) return unsuitable(describe_type(type), value);
  }
  if (type.item) return list_text(type, value);
  if (type.one_of.empty() || depth > kMostUnionDepth) {
    return builtin_text(type.builtin ? *type.builtin : *find_builtin("string"), value);
  }
  for (const Type* member : type.one_of) {
    if (auto text = text_of(*member, value, depth + 1)) return text;
  }
  return unsuitable(describe_type(type), value);
}

Result<std::string> list_text(const Type& type, const json::Value& value) {
  if (!value.is_array()) return plain_text(value);
  std::string out;
  std::optional<Error> error;
  value.each_element([&](const json::Value& item) {
    auto text = text_of(*type.item, item, 1);
    if (!text && !error) error = std::move(text.error());
    if (!text || error) return;
    if (!out.empty()) out.push_back(' ');
    out += *text;
  });
  if (error) return std::unexpected(std::move(*error));
  return out;
}

}  // namespace

Result<std::string> to_lexical(const Type& type, const json::Value& value) {
  return text_of(type, value, 0);
}

std::string_view fitting_builtin(const json::Value& value) {
  if (value.is_bool()) return "boolean";
  if (!value.is_number()) return "string";
  if (const auto number = value.as_int()) {
    const bool small = *number >= INT32_MIN && *number <= INT32_MAX;
    return small ? "int" : "long";
  }
  return value.raw().find_first_of("eE") == std::string_view::npos ? "decimal" : "double";
}

std::string describe_type(const Type& type) {
  if (!type.enumeration.empty()) {
    constexpr std::size_t kMost = 20;
    std::string text = "one of";
    for (std::size_t i = 0; i < std::min(kMost, type.enumeration.size()); ++i)
      text += (i == 0 ? " " : ", ") + json::quoted(type.enumeration[i]);
    if (type.enumeration.size() > kMost) text += ", ...";
    return text;
  }
  if (type.item)
    return "a list of " + std::string{type.item->builtin ? type.item->builtin->name : "values"};
  if (type.builtin) return std::string{type.builtin->name};
  return "an object";
}

}  // namespace mih::transport::soap
