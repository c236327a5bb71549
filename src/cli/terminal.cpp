#include "cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <vector>

namespace mih::cli {
namespace {

constexpr std::size_t kWidestCell = 60;
constexpr std::array<std::string_view, 6> kTimes{"timecreated", "timemodified", "time",
                                                 "last_used",   "next_attempt", "accepted"};

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::size_t width_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

/// The first `width` code points, the last replaced by an ellipsis if something is left out.
std::string shortened(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string{text};
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++count == width) break;
  }
  return std::string{text.substr(0, end)} + "…";
}

std::string local_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  if (!localtime_r(&time, &parts)) return std::to_string(seconds);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", parts);
}

/// The length of a character at the beginning that turns the direction of what follows, which
/// could show a name as another one, or that begins a line (U+061C, U+200E, U+200F, U+2028 to
/// U+202E, U+2066 to U+2069); 0 when there is none.
std::size_t length_of_turn(std::string_view text) {
  if (text.starts_with("\xd8\x9c")) return 2;
  if (text.size() < 3 || text[0] != '\xe2') return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const auto third = static_cast<unsigned char>(text[2]);
  const bool turns = (second == 0x80 && (third == 0x8e || third == 0x8f)) ||
                     (second == 0x80 && third >= 0xa8 && third <= 0xae) ||
                     (second == 0x81 && third >= 0xa6 && third <= 0xa9);
  return turns ? 3 : 0;
}

bool is_time(std::string_view name) {
  return std::ranges::find(kTimes, name) != kTimes.end();
}

std::string cell(std::string_view name, const json::Value& value, bool keep_lines) {
  if (value.is_null()) return "-";
  if (value.is_bool()) return value.kind() == json::Kind::kTrue ? "yes" : "no";
  if (value.is_string()) return harmless(value.as_string(), keep_lines);
  if (const auto number = value.is_number() ? value.as_int() : std::nullopt;
      number && is_time(name)) {
    return local_time(*number);
  }
  return harmless(value.raw());
}

std::string cell_at(const json::Value& item, std::string_view path) {
  std::optional<json::Value> value = item;
  std::string_view name;
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    name = path.substr(0, dot);
    value = value->is_object() ? value->find(name) : std::nullopt;
    if (!value) return "-";
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return cell(name, *value, false);
}

std::string indented(std::string_view text, std::size_t by) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += std::string(by, ' ');
    out += text.substr(0, end);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// An array of objects as a table with a column for each member of the first one.
std::string table_of_all(const json::Value& items) {
  std::vector<std::pair<std::string, std::string>> names;  // as shown, and as they are
  items.at(0)->each_member([&](const json::Value& key, const json::Value&) {
    names.emplace_back(harmless(key.as_string()), key.as_string());
  });
  std::vector<Column> columns;
  for (const auto& [shown, name] : names)
    columns.push_back({shown, name});
  return table(items, columns);
}

std::string nested(const json::Value& value) {
  if (value.is_object()) return details(value);
  if (value.at(0)->is_object()) return table_of_all(value);
  std::string lines;
  value.each_element([&](const json::Value& item) { lines += cell("", item, false) + "\n"; });
  return lines;
}

std::string_view line_of(std::string_view text, int line) {
  for (; line > 1; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

/// The faulty line of a field that was sent, and a caret under the column.
std::string excerpt(std::string_view sent_body, std::string_view field, std::int64_t line,
                    std::int64_t column) {
  json::Document sent;
  if (line < 1 || column < 1 || line > 100'000 || !sent.parse(sent_body)) return {};
  const auto value = sent.root().is_object() ? sent.root().find(field) : std::nullopt;
  if (!value) return {};
  const std::string text = value->is_string() ? value->as_string() : std::string{value->raw()};
  const std::string_view source = line_of(text, static_cast<int>(line));
  if (source.empty() || static_cast<std::size_t>(column) > width_of(source) + 1) return {};
  const std::string caret(static_cast<std::size_t>(column - 1), ' ');
  return fmt::format("      {}\n      {}^\n", harmless(source), caret);
}

/// What `shown` does not say already of a field error.
std::string fault_text(const json::Value& fault, std::string_view shown,
                       std::string_view sent_body) {
  const auto text = [&](std::string_view name) {
    const auto value = fault.find(name);
    return value && value->is_string() ? value->as_string() : std::string{};
  };
  const auto number = [&](std::string_view name) -> std::int64_t {
    const auto value = fault.find(name);
    return value && value->is_number() ? value->as_int().value_or(0) : 0;
  };
  if (shown.contains(harmless(text("field"))) && shown.contains(harmless(text("message"))))
    return {};
  const std::int64_t line = number("line");
  const std::int64_t column = number("column");
  std::string out = "  " + harmless(text("field"));
  if (line > 0) out += fmt::format(", line {}, column {}", line, column);
  return out + ": " + harmless(text("message")) + "\n" +
         excerpt(sent_body, text("field"), line, column);
}

}  // namespace

std::string harmless(std::string_view text, bool keep_lines) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xc2 && i + 1 < text.size() &&
                       static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                       static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool is_line = text[i] == '\n' || text[i] == '\t';
    const std::size_t turning = length_of_turn(text.substr(i));
    if (turning > 0) {
      out += kReplacement;
      i += turning - 1;
    } else if (is_c1 || byte == 0x7f || (byte < 0x20 && !(keep_lines && is_line))) {
      out += kReplacement;
      i += is_c1 ? 1 : 0;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string table(const json::Value& items, std::span<const Column> columns) {
  if (items.empty()) return "none\n";
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns)
    rows[0].emplace_back(column.title);
  items.each_element([&](const json::Value& item) {
    auto& row = rows.emplace_back();
    for (const Column& column : columns) {
      row.push_back(shortened(cell_at(item, column.path), kWidestCell));
    }
  });
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line += std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string line(const json::Value& item, std::span<const Column> columns) {
  std::string out;
  for (const Column& column : columns) {
    if (!out.empty()) out += "  ";
    out += cell_at(item, column.path);
  }
  return out;
}

std::string details(const json::Value& object) {
  std::size_t width = 0;
  object.each_member([&](const json::Value& key, const json::Value&) {
    width = std::max(width, width_of(harmless(key.as_string())));
  });
  std::string out;
  object.each_member([&](const json::Value& key, const json::Value& value) {
    const std::string name = key.as_string();
    const std::string title = harmless(name);
    out += title;
    const bool is_container = value.is_object() || value.is_array();
    const std::string text = is_container ? std::string{} : cell(name, value, true);
    if (is_container && !value.empty()) {
      out += "\n" + indented(nested(value), 2);
    } else if (text.contains('\n')) {
      out += "\n" + indented(text, 2);
    } else {
      out += std::string(width - width_of(title) + 2, ' ') + (is_container ? "-" : text) + "\n";
    }
  });
  return out;
}

std::string problem_text(int status, std::string_view problem, std::string_view sent_body) {
  json::Document document;
  if (!document.parse(problem) || !document.root().is_object()) {
    return fmt::format("mih: the answer was HTTP {}\n{}\n", status,
                       harmless(shortened(problem, 500), true));
  }
  const auto detail = document.root().find("detail");
  const auto title = document.root().find("title");
  const auto& text = detail && detail->is_string() ? detail : title;
  std::string out =
      fmt::format("mih: {}\n", text && text->is_string() ? harmless(text->as_string(), true)
                                                         : fmt::format("HTTP {}", status));
  const std::string shown = out;
  const auto faults = document.root().find("errors");
  if (faults && faults->is_array()) {
    faults->each_element([&](const json::Value& fault) {
      if (fault.is_object()) out += fault_text(fault, shown, sent_body);
    });
  }
  return out;
}

}  // namespace mih::cli
