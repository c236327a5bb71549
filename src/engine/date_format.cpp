#include "engine/date_format.hpp"

#include <algorithm>
#include <array>
#include <date/tz.h>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

namespace mih::engine {
namespace {

constexpr std::string_view kKnown = "YmdHIMSpjyeaAbBzZsFT%";
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::size_t kShort = 3;

/// Null when there is none of that name; the library says so by an exception.
const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

/// A moment taken apart.
struct Moment {
  std::int64_t unix_s;
  date::sys_info zone;
  date::local_days day;
  date::year_month_day calendar;
  date::hh_mm_ss<std::chrono::seconds> time;

  int year() const { return static_cast<int>(calendar.year()); }
  unsigned month() const { return static_cast<unsigned>(calendar.month()); }
  unsigned weekday() const { return date::weekday{day}.c_encoding(); }
  auto day_of_year() const {
    return (day - date::local_days{calendar.year() / date::January / 1}).count() + 1;
  }
};

Moment moment_at(std::int64_t unix_s, const date::time_zone& zone) {
  const date::sys_seconds time{std::chrono::seconds{unix_s}};
  const auto info = zone.get_info(time);
  const date::local_seconds local{time.time_since_epoch() + info.offset};
  const auto day = date::floor<date::days>(local);
  return {unix_s, info, day, date::year_month_day{day},
          date::hh_mm_ss<std::chrono::seconds>{local - day}};
}

std::string offset_text(std::chrono::seconds offset) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto size = minutes < 0 ? -minutes : minutes;
  return fmt::format("{}{:02}{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

void append_field(std::string& out, char field, const Moment& at) {
  const auto add = std::back_inserter(out);
  const auto hour = at.time.hours().count();
  const auto minute = at.time.minutes().count();
  const auto second = at.time.seconds().count();
  const auto day = static_cast<unsigned>(at.calendar.day());
  const auto month = kMonths.at(at.month() - 1);
  const auto weekday = kDays.at(at.weekday());
  switch (field) {
    case 'Y':
      fmt::format_to(add, "{:04}", at.year());
      break;
    case 'y':
      fmt::format_to(add, "{:02}", at.year() % 100);
      break;
    case 'm':
      fmt::format_to(add, "{:02}", at.month());
      break;
    case 'd':
      fmt::format_to(add, "{:02}", day);
      break;
    case 'e':
      fmt::format_to(add, "{:2}", day);
      break;
    case 'j':
      fmt::format_to(add, "{:03}", at.day_of_year());
      break;
    case 'H':
      fmt::format_to(add, "{:02}", hour);
      break;
    case 'I':
      fmt::format_to(add, "{:02}", hour % 12 == 0 ? 12 : hour % 12);
      break;
    case 'M':
      fmt::format_to(add, "{:02}", minute);
      break;
    case 'S':
      fmt::format_to(add, "{:02}", second);
      break;
    case 'p':
      out += hour < 12 ? "AM" : "PM";
      break;
    case 'a':
      out += weekday.substr(0, kShort);
      break;
    case 'A':
      out += weekday;
      break;
    case 'b':
      out += month.substr(0, kShort);
      break;
    case 'B':
      out += month;
      break;
    case 'z':
      out += offset_text(at.zone.offset);
      break;
    case 'Z':
      out += at.zone.abbrev;
      break;
    case 's':
      fmt::format_to(add, "{}", at.unix_s);
      break;
    case 'F':
      fmt::format_to(add, "{:04}-{:02}-{:02}", at.year(), at.month(), day);
      break;
    case 'T':
      fmt::format_to(add, "{:02}:{:02}:{:02}", hour, minute, second);
      break;
    default:
      out.push_back(field);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits)
    value = value * 10 + (c - '0');
  return value;
}

/// Minutes of `Z` or `+02:00`.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  constexpr std::size_t kLength = 6;
  const bool fits = text.size() == kLength && (text[0] == '+' || text[0] == '-') &&
                    is_digit(text[1]) && is_digit(text[2]) && text[3] == ':' && is_digit(text[4]) &&
                    is_digit(text[5]);
  if (!fits) return std::nullopt;
  const int hours = number(text.substr(1, 2));
  const int minutes = number(text.substr(4, 2));
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

bool is_time_zone(std::string_view name) {
  return find_zone(name) != nullptr;
}

std::optional<std::string> check_date_format(std::string_view format) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i < format.size() && kKnown.find(format[i]) != std::string_view::npos) continue;
    return fmt::format("does not know '%{}'; there are %{}", format.substr(i, 1),
                       fmt::join(kKnown, " %"));
  }
  return std::nullopt;
}

std::optional<std::string> format_date(std::int64_t unix_s, std::string_view format,
                                       std::string_view zone) {
  constexpr std::int64_t kYear0 = -62'167'132'800;      // a day later, for zones
  constexpr std::int64_t kYear10000 = 253'402'214'400;  // a day earlier
  if (unix_s < kYear0 || unix_s >= kYear10000) return std::nullopt;
  const auto* found = find_zone(zone);
  if (found == nullptr) return std::nullopt;
  const auto at = moment_at(unix_s, *found);
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      append_field(out, format[++i], at);
    } else {
      out.push_back(format[i]);
    }
  }
  return out;
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd' ? is_digit(text[i]) : upper(text[i]) == kShape[i];
    if (!fits) return std::nullopt;
  }
  const date::year_month_day day{date::year{number(text.substr(0, 4))},
                                 date::month{static_cast<unsigned>(number(text.substr(5, 2)))},
                                 date::day{static_cast<unsigned>(number(text.substr(8, 2)))}};
  const int hour = number(text.substr(11, 2));
  const int minute = number(text.substr(14, 2));
  const int second = number(text.substr(17, 2));
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  text.remove_prefix(kShape.size());
  if (text.starts_with('.')) {
    const auto end =
        std::ranges::find_if_not(text.begin() + 1, text.end(), is_digit) - text.begin();
    if (end == 1) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end));
  }
  const auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  const auto days = date::sys_days{day}.time_since_epoch().count();
  return ((days * 24L + hour) * 60 + minute - *offset) * 60 + second;
}

}  // namespace mih::engine
