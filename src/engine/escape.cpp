#include "engine/escape.hpp"

#include <algorithm>

namespace mih::engine {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

void append_percent(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('%');
  out.push_back(kHexDigits[byte >> 4]);
  out.push_back(kHexDigits[byte & 0xF]);
}

void append_encoded(std::string& out, std::string_view text, bool form) {
  for (const char c : text) {
    if (is_alphanumeric(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else if (form && c == ' ') {
      out.push_back('+');
    } else {
      append_percent(out, c);
    }
  }
}

}  // namespace

void append_url_encoded(std::string& out, std::string_view text) {
  append_encoded(out, text, false);
}

void append_form_encoded(std::string& out, std::string_view text) {
  append_encoded(out, text, true);
}

void append_xml_escaped(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\'':
        out += "&apos;";
        continue;
      case '\r':
        out += "&#13;";
        continue;  // would be read as a line feed
      default:
        break;
    }
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') continue;
    // U+FFFE and U+FFFF are no XML characters.
    const std::string_view three = text.substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      i += 2;
      continue;
    }
    out.push_back(c);
  }
}

void append_header_text(std::string& out, std::string_view text) {
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return !is_control(c); });
}

std::string url_literal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escape =
        c == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    const bool impossible = is_control(c) || static_cast<unsigned char>(c) >= 0x80 ||
                            std::string_view{" \"<>\\^`{|}%"}.find(c) != std::string_view::npos;
    if (impossible && !escape) {
      append_percent(out, c);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.starts_with("%2e") || segment.starts_with("%2E")) {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    ++dots;
  }
  return dots == 1 || dots == 2;
}

}  // namespace mih::engine
