#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace mih::api {

/// Parses the body of a request as JSON. It must not change while the document is used.
/// kUnsupportedMediaType, kInvalidJson with line and column.
Result<json::Document> parse_body(const Request& request);

/// Reads the members of a small JSON object. Faults are collected; check() reports them together
/// with the members that nobody asked for.
class ObjectReader {
 public:
  /// Anything but an object is a fault. `path` comes before the member's name in messages.
  explicit ObjectReader(const json::Value& object, std::string path = {});

  bool has(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<json::Value> object(std::string_view name);
  std::optional<std::vector<std::int64_t>> integers(std::string_view name);
  /// Any value but null.
  std::optional<json::Value> value(std::string_view name);

  void fault(std::string_view name, std::string message);
  Result<void> check();

 private:
  template <class T>
  std::optional<T> wrong(std::string_view name, std::string message) {
    fault(name, std::move(message));
    return std::nullopt;
  }

  json::Value object_;
  std::string path_;
  std::vector<std::string> asked_;
  std::vector<FieldError> faults_;
};

}  // namespace mih::api
