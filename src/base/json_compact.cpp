#include "base/json_compact.hpp"

namespace mih::json {
namespace {

void append(std::string& out, const Value& value) {
  if (value.is_object()) {
    char before = '{';
    value.each_member([&](const Value& name, const Value& member) {
      out.push_back(before);
      before = ',';
      out.append(name.raw()).push_back(':');
      append(out, member);
    });
    out.append(value.empty() ? "{}" : "}");
  } else if (value.is_array()) {
    char before = '[';
    value.each_element([&](const Value& element) {
      out.push_back(before);
      before = ',';
      append(out, element);
    });
    out.append(value.empty() ? "[]" : "]");
  } else {
    out.append(value.raw());
  }
}

}  // namespace

std::string compact(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace mih::json
