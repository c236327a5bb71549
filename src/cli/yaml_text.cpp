#include "cli/yaml_text.hpp"

#include <algorithm>
#include <array>

#include "base/json_compact.hpp"

namespace mih::cli {
namespace {

constexpr std::size_t kIndent = 2;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What a reader of YAML 1.1 takes for something else than text.
bool is_word_of_yaml(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                          "on",   "off",   "y",    "n"};
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::find(kWords, lower) != kWords.end();
}

bool is_plain(std::string_view text) {
  if (text.empty() || is_word_of_yaml(text)) return false;
  const char first = text.front();
  if (!is_letter(first) && first != '/' && first != '$') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool inner = i + 1 < text.size();
    const bool plain =
        is_letter(c) || (c >= '0' && c <= '9') || std::string_view{"_./@${}+=?&%()-"}.contains(c) ||
        (c == ' ' && inner && text[i - 1] != ' ') || (c == ':' && inner && text[i + 1] != ' ');
    if (!plain) return false;
  }
  return true;
}

bool is_printable(std::string_view text, bool with_lines) {
  return std::ranges::all_of(text, [&](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') || (with_lines && c == '\n');
  });
}

/// Texts of several lines that a literal block gives back as they are.
bool fits_block(std::string_view text) {
  return text.contains('\n') && is_printable(text, true) && text.front() != ' ' &&
         text.front() != '\n' && !text.ends_with("\n\n");
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string{text};
  if (text.empty() || !is_printable(text, false)) return json::quoted(text);
  std::string out = "'";
  for (const char c : text)
    out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

void YamlText::comment(std::string_view text) {
  out_.append("# ").append(text).push_back('\n');
}

void YamlText::key(std::string_view key) {
  out_.append(depth_ * kIndent, ' ').append(yaml_scalar(key)).push_back(':');
}

void YamlText::begin(std::string_view name) {
  key(name);
  out_.push_back('\n');
  ++depth_;
}

void YamlText::empty(std::string_view name) {
  key(name);
  out_ += " {}\n";
}

void YamlText::member(std::string_view name, std::string_view text) {
  key(name);
  if (!fits_block(text)) {
    out_.append(" ").append(yaml_scalar(text)).push_back('\n');
    return;
  }
  out_ += text.ends_with('\n') ? " |\n" : " |-\n";
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (!line.empty()) out_.append((depth_ + 1) * kIndent, ' ').append(line);
    out_.push_back('\n');
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

void YamlText::member_json(std::string_view name, const json::Value& value) {
  key(name);
  out_.append(" ").append(json::compact(value)).push_back('\n');
}

}  // namespace mih::cli
