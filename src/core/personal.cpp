#include "core/personal.hpp"

namespace mih::core {
namespace {

bool is_about(const json::Value& value, std::int64_t user) {
  // Moodle gives the same id now as 5, now as "5".
  if (value.is_number()) return value.as_int() == user;
  return value.is_string() && value.string_equals(std::to_string(user));
}

bool mentions(const json::Value& value, std::int64_t user) {
  bool found = false;
  if (value.is_array()) {
    value.each_element(
        [&](const json::Value& element) { found = found || mentions(element, user); });
  } else if (value.is_object()) {
    value.each_member([&](const json::Value& key, const json::Value& member) {
      const bool names_a_user = key.string_equals("userid") || key.string_equals("relateduserid") ||
                                key.string_equals("realuserid");
      found = found || (names_a_user && is_about(member, user)) || mentions(member, user);
    });
  }
  return found;
}

}  // namespace

bool concerns(std::string_view eventname, const json::Value& content, std::int64_t user) {
  if (mentions(content, user)) return true;
  if (!eventname.starts_with(R"(\core\event\user_)") || !content.is_object()) return false;
  const auto object = content.find("objectid");
  return object && is_about(*object, user);
}

bool text_concerns(std::string_view eventname, std::string_view content, std::int64_t user) {
  json::Document document;
  return document.parse(content) && concerns(eventname, document.root(), user);
}

}  // namespace mih::core
