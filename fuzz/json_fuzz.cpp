#include <cstddef>
#include <cstdint>

#include "oracle.hpp"

namespace {

using namespace mih;

/// nlohmann skips a byte order mark and takes a zero byte for the end of the text.
bool readers_differ(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos;
}

void check_strings(const json::Value& value) {
  if (value.is_string()) {
    const std::string decoded = value.as_string();
    fuzz::require(json::is_utf8(decoded), "a decoded string is UTF-8", value.raw());
    fuzz::require(value.string_equals(decoded), "a string equals its text", value.raw());
    const std::string again = json::quoted(decoded);
    json::Document document;
    fuzz::require(document.parse(again) && document.root().as_string() == decoded,
                  "a quoted string reads as its text", value.raw());
  } else if (value.is_array()) {
    value.each_element(check_strings);
  } else if (value.is_object()) {
    value.each_member([&](const json::Value& key, const json::Value& inner) {
      check_strings(key);
      check_strings(inner);
      fuzz::require(value.find(key.as_string()).has_value(), "a member is found", key.raw());
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  json::Document document;
  const auto parsed = document.parse(text, {.max_depth = 500});
  if (!parsed) {
    fuzz::require(parsed.error().offset <= text.size() && parsed.error().line >= 1 &&
                      parsed.error().column >= 1 && !parsed.error().message.empty(),
                  "an error says where and why", text);
    if (!parsed.error().too_deep && !readers_differ(text)) {
      fuzz::require(!nlohmann::json::accept(text), "what we refuse is no JSON", text);
    }
    return 0;
  }
  check_strings(document.root());
  if (fuzz::beyond_nlohmann(document.root())) return 0;
  const auto expected = nlohmann::json::parse(text, nullptr, false);
  fuzz::require(!expected.is_discarded(), "what we accept is JSON", text);
  fuzz::require(fuzz::converted(document.root()) == expected, "both read the same", text);
  return 0;
}
