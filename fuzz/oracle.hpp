#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json.hpp"

/// What the fuzz targets hold our JSON against: nlohmann::json, an independent reader.
namespace mih::fuzz {

inline void require(bool holds, const char* property, std::string_view about) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n%.*s\n", property,
               static_cast<int>(about.size()), about.data());
  std::abort();
}

/// Splits an input at its first zero byte. What stands before it is returned; what follows is the
/// event if it is a JSON object, else `fixed` is.
inline std::string_view source_and_event(std::string_view input, std::string_view fixed,
                                         json::Document& event) {
  const std::size_t zero = std::min(input.find('\0'), input.size());
  const bool given =
      zero < input.size() && event.parse(input.substr(zero + 1)) && event.root().is_object();
  if (!given) require(event.parse(fixed).has_value(), "the event is JSON", "");
  return input.substr(0, zero);
}

/// True if the value has what nlohmann refuses on purpose and we keep as it is spelled: half of a
/// surrogate pair, or a number that no double can hold.
inline bool beyond_nlohmann(const json::Value& value) {
  bool found = false;
  switch (value.kind()) {
    case json::Kind::kNumber:
      return !value.as_double();
    case json::Kind::kString:
      return value.raw() != json::quoted(value.as_string()) &&
             value.as_string().find("\xEF\xBF\xBD") != std::string::npos;
    case json::Kind::kArray:
      value.each_element([&](const json::Value& inner) { found |= beyond_nlohmann(inner); });
      return found;
    case json::Kind::kObject:
      value.each_member([&](const json::Value& key, const json::Value& inner) {
        found |= beyond_nlohmann(key) || beyond_nlohmann(inner);
      });
      return found;
    default:
      return false;
  }
}

/// Our reading in nlohmann's terms.
inline nlohmann::json converted(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::kNull:
      return nullptr;
    case json::Kind::kFalse:
      return false;
    case json::Kind::kTrue:
      return true;
    case json::Kind::kNumber:
      return nlohmann::json::parse(value.raw());
    case json::Kind::kString:
      return value.as_string();
    case json::Kind::kArray: {
      auto array = nlohmann::json::array();
      value.each_element([&](const json::Value& inner) { array.push_back(converted(inner)); });
      return array;
    }
    case json::Kind::kObject: {
      auto object = nlohmann::json::object();
      value.each_member([&](const json::Value& key, const json::Value& inner) {
        object[key.as_string()] = converted(inner);
      });
      return object;
    }
  }
  return nullptr;
}

/// The text must be JSON, for us and, where it can read it, for nlohmann.
inline void require_json(std::string_view text, const char* property) {
  json::Document document;
  require(document.parse(text, {.max_depth = 1000}).has_value(), property, text);
  if (!beyond_nlohmann(document.root())) require(nlohmann::json::accept(text), property, text);
}

}  // namespace mih::fuzz
