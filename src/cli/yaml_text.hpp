#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace mih::cli {

/// Writes the YAML of `mih config export`: block maps of scalars, each in the form that is easiest
/// to read and reads back as the same text. The same values always give the same bytes.
class YamlText {
 public:
  void comment(std::string_view text);
  /// A key whose members follow, one level deeper until end().
  void begin(std::string_view key);
  void end() { --depth_; }
  /// A key of an empty map.
  void empty(std::string_view key);
  void member(std::string_view key, std::string_view text);
  /// A number, true, false; lists and objects in one line, as JSON.
  void member_json(std::string_view key, const json::Value& value);

  const std::string& text() const { return out_; }

 private:
  void key(std::string_view key);

  std::string out_;
  std::size_t depth_ = 0;
};

/// A text as a YAML scalar that fits into one line.
std::string yaml_scalar(std::string_view text);

}  // namespace mih::cli
