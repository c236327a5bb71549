#include "core/personal.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mih::core {
namespace {

bool is_about(const json::Value& value, std::int64_t user) {
  // Moodle gives the same id now as 5, now as "5".
  if (value.is_number()) return value.as_int() == user;
  return value.is_string() && value.string_equals(std::to_string(user));
}

bool names_a_user(const json::Value& key) {
  return key.string_equals("userid") || key.string_equals("relateduserid") ||
         key.string_equals("realuserid");
}

bool is_user_event(std::string_view eventname) {
  return eventname.starts_with(R"(\core\event\user_)");
}

bool mentions(const json::Value& value, std::int64_t user) {
  bool found = false;
  if (value.is_array()) {
    value.each_element(
        [&](const json::Value& element) { found = found || mentions(element, user); });
  } else if (value.is_object()) {
    value.each_member([&](const json::Value& key, const json::Value& member) {
      found = found || (names_a_user(key) && is_about(member, user)) || mentions(member, user);
    });
  }
  return found;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void add_user(People& people, const json::Value& value) {
  std::optional<std::int64_t> user;
  if (value.is_number()) user = value.as_int();
  if (value.is_string()) user = number_in(value.as_string());
  if (!user || *user <= 0 || !is_about(value, *user)) return;
  const auto place = std::ranges::lower_bound(people.users, *user);
  if (place != people.users.end() && *place == *user) return;
  if (people.users.size() == People::kMost) {
    people.many = true;
  } else {
    people.users.insert(place, *user);
  }
}

void add_users(People& people, const json::Value& value) {
  if (value.is_array()) {
    value.each_element([&](const json::Value& element) { add_users(people, element); });
  } else if (value.is_object()) {
    value.each_member([&](const json::Value& key, const json::Value& member) {
      if (names_a_user(key)) add_user(people, member);
      add_users(people, member);
    });
  }
}

}  // namespace

bool concerns(std::string_view eventname, const json::Value& content, std::int64_t user) {
  if (mentions(content, user)) return true;
  if (!is_user_event(eventname) || !content.is_object()) return false;
  const auto object = content.find("objectid");
  return object && is_about(*object, user);
}

bool text_concerns(std::string_view eventname, std::string_view content, std::int64_t user) {
  json::Document document;
  return document.parse(content) && concerns(eventname, document.root(), user);
}

bool People::include(std::int64_t user) const {
  return many || std::ranges::binary_search(users, user);
}

std::string People::text() const {
  if (many) return "*";
  std::string text;
  for (const auto user : users) {
    if (!text.empty()) text += ' ';
    text += std::to_string(user);
  }
  return text;
}

People People::from_text(std::string_view text) {
  People people{.many = text == "*"};
  while (!text.empty() && !people.many) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (const auto user = number_in(word)) people.users.push_back(*user);
  }
  return people;
}

People people_of(std::string_view eventname, const json::Value& content) {
  People people;
  add_users(people, content);
  if (is_user_event(eventname) && content.is_object()) {
    if (const auto object = content.find("objectid")) add_user(people, *object);
  }
  if (people.many) people.users.clear();
  return people;
}

}  // namespace mih::core
