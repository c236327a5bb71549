#include "api/body.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "api/query.hpp"

namespace mih::api {

Result<json::Document> parse_body(const Request& request) {
  if (!request.content_type.empty() && request.content_type != "application/json") {
    return fail(ErrorCode::kUnsupportedMediaType,
                fmt::format("Content-Type is {}; send application/json.", request.content_type));
  }
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    return fail(ErrorCode::kUnsupportedMediaType,
                "Content-Encoding is only possible for POST /api/v1/events.");
  }
  json::Document document;
  const auto parsed = document.parse(request.body);
  if (!parsed) {
    const auto& fault = parsed.error();
    return fail(ErrorCode::kInvalidJson,
                fmt::format("The body is not valid JSON: line {}, column {}: {}.", fault.line,
                            fault.column, fault.message));
  }
  return document;
}

ObjectReader::ObjectReader(const json::Value& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object.is_object()) faults_.push_back({path_, "must be a JSON object"});
}

std::optional<json::Value> ObjectReader::value(std::string_view name) {
  asked_.emplace_back(name);
  if (!object_.is_object()) return std::nullopt;
  auto found = object_.find(name);
  if (found && found->is_null()) return std::nullopt;
  return found;
}

bool ObjectReader::has(std::string_view name) {
  return value(name).has_value();
}

std::optional<std::string> ObjectReader::text(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (!found->is_string()) return wrong<std::string>(name, "must be a string");
  return found->as_string();
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  const auto number = found->is_number() ? found->as_int() : std::nullopt;
  if (!number) return wrong<std::int64_t>(name, "must be an integer");
  return number;
}

std::optional<double> ObjectReader::number(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (!found->is_number()) return wrong<double>(name, "must be a number");
  return found->as_double();
}

std::optional<bool> ObjectReader::flag(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (!found->is_bool()) return wrong<bool>(name, "must be true or false");
  return found->kind() == json::Kind::kTrue;
}

std::optional<json::Value> ObjectReader::object(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (!found->is_object()) return wrong<json::Value>(name, "must be a JSON object");
  return found;
}

std::optional<std::vector<std::int64_t>> ObjectReader::integers(std::string_view name) {
  using Numbers = std::vector<std::int64_t>;
  const auto found = value(name);
  if (!found) return std::nullopt;
  if (!found->is_array()) return wrong<Numbers>(name, "must be a list of integers");
  Numbers numbers;
  numbers.reserve(found->size());
  found->each_element([&](const json::Value& element) {
    const auto number = element.is_number() ? element.as_int() : std::nullopt;
    if (number) numbers.push_back(*number);
  });
  if (numbers.size() != found->size()) return wrong<Numbers>(name, "must be a list of integers");
  return numbers;
}

void ObjectReader::fault(std::string_view name, std::string message) {
  faults_.push_back(
      {path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name), std::move(message)});
}

Result<void> ObjectReader::check() {
  if (object_.is_object()) {
    object_.each_member([&](const json::Value& key, const json::Value&) {
      const auto name = key.as_string();
      if (std::ranges::find(asked_, name) == asked_.end()) fault(name, "unknown field");
    });
  }
  if (faults_.empty()) return {};
  if (faults_.front().field.empty()) faults_.front().field = "body";
  return invalid(std::move(faults_));
}

}  // namespace mih::api
