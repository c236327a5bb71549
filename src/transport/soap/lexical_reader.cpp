#include <algorithm>

#include "transport/soap/lexical.hpp"

namespace mih::transport::soap {
namespace {

constexpr int kMostUnionDepth = 8;

/// The text as JSON spells the number; empty if it is none. Not a digit is lost.
std::optional<std::string> json_number(std::string_view text) {
  std::string out;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('-')) {
    out = "-";
    text.remove_prefix(1);
  }
  const std::size_t exponent = std::min(text.find_first_of("eE"), text.size());
  std::string_view mantissa = text.substr(0, exponent);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string_view whole = mantissa.substr(0, point);
  const std::string_view fraction = point < mantissa.size() ? mantissa.substr(point + 1) : "";
  if (whole.empty() && fraction.empty()) return std::nullopt;
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  out += whole.empty() ? "0" : whole;
  if (!fraction.empty()) out.append(".").append(fraction);
  out += text.substr(exponent);
  json::Document document;
  if (!document.parse(out) || !document.root().is_number()) return std::nullopt;
  return out;
}

bool write_number(json::Writer& out, std::string_view text) {
  const auto number = json_number(text);
  if (number) out.raw(*number);
  return number.has_value();
}

bool write_boolean(json::Writer& out, std::string_view text) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return false;
  out.value(text == "true" || text == "1");
  return true;
}

/// False if the text is not of this type.
bool write_typed(json::Writer& out, const Type& type, std::string_view text, int depth) {
  const std::string_view bare = trimmed(text);
  if (type.item) {
    out.begin_array();
    std::string_view rest = bare;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
      const std::string_view item = rest.substr(0, end);
      if (depth > kMostUnionDepth || !write_typed(out, *type.item, item, depth + 1)) {
        out.value(item);
      }
      rest = trimmed(rest.substr(end));
    }
    out.end_array();
    return true;
  }
  for (const Type* member : type.one_of) {
    const bool allowed =
        member->enumeration.empty() ||
        std::ranges::find(member->enumeration, std::string{bare}) != member->enumeration.end();
    if (allowed && depth < kMostUnionDepth && write_typed(out, *member, bare, depth + 1)) {
      return true;
    }
  }
  switch (type.builtin ? type.builtin->lexical : Lexical::kText) {
    case Lexical::kBoolean:
      return write_boolean(out, bare);
    case Lexical::kInteger:
      return bare.find_first_of(".eE") == std::string_view::npos && write_number(out, bare);
    case Lexical::kDecimal:
    case Lexical::kFloat:
      return write_number(out, bare);
    case Lexical::kAny:
    case Lexical::kText:
      out.value(text);
      return true;
    default:
      out.value(bare);
      return true;
  }
}

}  // namespace

void write_value(json::Writer& out, const Type& type, std::string_view text) {
  if (write_typed(out, type, text, 0)) return;
  if (trimmed(text).empty()) return out.null();  // an empty number is none
  out.value(text);
}

}  // namespace mih::transport::soap
