#include <algorithm>
#include <charconv>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace mih::json {
namespace {

std::uint32_t hex_digit(char c) {
  if (c <= '9') return static_cast<std::uint32_t>(c - '0');
  return static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
}

/// The four hexadecimal digits after `\u`, which the parser has checked.
std::uint32_t hex4(const char* at) {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i)
    unit = unit << 4 | hex_digit(at[i]);
  return unit;
}

bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// Decodes the `\u` escape at `at` (the backslash) with its second half, if it has one. Returns one
/// past the escape.
const char* append_unicode_escape(std::string& out, const char* at, const char* end) {
  const std::uint32_t unit = hex4(at + 2);
  at += 6;
  if (is_high_surrogate(unit) && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const std::uint32_t low = hex4(at + 2);
    if (is_low_surrogate(low)) {
      utf8::append(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return at + 6;
    }
  }
  const bool lone = is_high_surrogate(unit) || is_low_surrogate(unit);
  utf8::append(out, lone ? utf8::kReplacement : unit);
  return at;
}

char simple_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // quote, backslash, slash
  }
}

}  // namespace

std::string_view Value::raw() const {
  return document_->text_.substr(node().begin, node().end - node().begin);
}

std::string_view Value::raw_string() const {
  return document_->text_.substr(node().begin + 1, node().end - node().begin - 2);
}

std::string Value::as_string() const {
  const std::string_view source = raw_string();
  if (!node().escaped) return std::string{source};
  std::string out;
  out.reserve(source.size());
  const char* at = source.data();
  const char* const end = at + source.size();
  while (at != end) {
    const char* backslash = std::find(at, end, '\\');
    out.append(at, backslash);
    at = backslash;
    if (at == end) break;
    if (at[1] == 'u') {
      at = append_unicode_escape(out, at, end);
    } else {
      out.push_back(simple_escape(at[1]));
      at += 2;
    }
  }
  return out;
}

std::optional<std::int64_t> Value::as_int() const {
  if (!is_number()) return std::nullopt;
  const std::string_view source = raw();
  std::int64_t number = 0;
  const auto [end, status] = std::from_chars(source.data(), source.data() + source.size(), number);
  if (status != std::errc{} || end != source.data() + source.size()) return std::nullopt;
  return number;
}

std::optional<double> Value::as_double() const {
  if (!is_number()) return std::nullopt;
  const std::string_view source = raw();
  double number = 0;
  const auto [end, status] = std::from_chars(source.data(), source.data() + source.size(), number);
  if (status != std::errc{}) return std::nullopt;
  return number;
}

std::optional<Value> Value::find(std::string_view name) const {
  std::optional<Value> found;
  if (!is_object()) return found;
  each_member([&](const Value& key, const Value& value) {
    if (key.string_equals(name)) found = value;
  });
  return found;
}

std::optional<Value> Value::at(std::size_t position) const {
  if (!is_array() || position >= size()) return std::nullopt;
  std::uint32_t index = index_ + 1;
  for (; position > 0; --position)
    index = document_->nodes_[index].next;
  return Value{document_, index};
}

}  // namespace mih::json
