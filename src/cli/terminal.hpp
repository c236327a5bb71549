#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"

/// What people see: tables, details, problems. Names and answers may come from strangers, so no
/// control character of theirs reaches the terminal.
namespace mih::cli {

/// Control characters (C0, DEL, C1) become U+FFFD; `keep_lines` keeps line breaks and tabs.
std::string harmless(std::string_view text, bool keep_lines = false);

/// One column of a table: its title and where the value is in an item ("circuit.state").
struct Column {
  std::string_view title;
  std::string_view path;
};

/// The items of an array as a table with a heading; "none" when there are none. Times are shown in
/// local time.
std::string table(const json::Value& items, std::span<const Column> columns);

/// The columns of one item side by side, without a heading.
std::string line(const json::Value& item, std::span<const Column> columns);

/// An object as one "name  value" line per member; nested values are indented.
std::string details(const json::Value& object);

/// A problem document (RFC 9457) with its field errors. Where a fault has a line and a column and
/// the body that was sent has that field as text, the line is shown with a mark under the place.
std::string problem_text(int status, std::string_view problem, std::string_view sent_body);

}  // namespace mih::cli
