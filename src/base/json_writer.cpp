#include <array>
#include <charconv>
#include <cmath>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace mih::json {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

void append_control(std::string& out, unsigned char byte) {
  switch (byte) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out.push_back(kHexDigits[byte >> 4]);
      out.push_back(kHexDigits[byte & 0xF]);
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* clean = at;  // start of the run that is copied as it is
  const auto flush = [&] { out.append(clean, at); };
  while (at != end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte >= 0x80) {
      const std::size_t length = utf8::sequence_length(at, end);
      if (length > 0) {
        at += length;
        continue;
      }
      flush();
      out += kReplacementUtf8;
    } else if (byte < 0x20) {
      flush();
      append_control(out, byte);
    } else if (byte == '"' || byte == '\\') {
      flush();
      out.push_back('\\');
      out.push_back(*at);
    } else {
      ++at;
      continue;
    }
    clean = ++at;
  }
  flush();
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
  return out;
}

bool is_utf8(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    const std::size_t length = utf8::sequence_length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void Writer::separate() {
  if (needs_comma_) out_.push_back(',');
  needs_comma_ = true;
}

void Writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  needs_comma_ = false;
}

void Writer::close(char bracket) {
  out_.push_back(bracket);
  needs_comma_ = true;
}

void Writer::key(std::string_view name) {
  value(name);
  out_.push_back(':');
  needs_comma_ = false;
}

void Writer::value(std::string_view text) {
  separate();
  out_.push_back('"');
  append_escaped(out_, text);
  out_.push_back('"');
}

void Writer::value(bool flag) {
  raw(flag ? "true" : "false");
}

void Writer::value(std::int64_t number) {
  separate();
  append_number(out_, number);
}

void Writer::value(std::uint64_t number) {
  separate();
  append_number(out_, number);
}

void Writer::value(double number) {
  if (!std::isfinite(number)) {
    null();
    return;
  }
  separate();
  append_number(out_, number);
}

void Writer::null() {
  raw("null");
}

void Writer::raw(std::string_view json) {
  separate();
  out_ += json;
}

}  // namespace mih::json
