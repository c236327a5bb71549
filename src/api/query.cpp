#include "api/query.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "api/http.hpp"

namespace mih::api {
namespace {

constexpr std::int64_t kDefaultLimit = 50;
constexpr std::int64_t kMaxLimit = 500;

std::optional<std::string> decoded(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decoded(spaced);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Query::Query(std::string_view query) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : decoded(pair.substr(equals + 1));
    if (name && value) {
      parameters_.emplace_back(std::move(*name), std::move(*value));
    } else {
      fault(pair, "has a malformed percent escape");
    }
  }
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::string Query::text(std::string_view name) const {
  const auto* value = find(name);
  return value ? *value : std::string{};
}

std::optional<std::int64_t> Query::integer(std::string_view name) {
  const auto* value = find(name);
  if (!value || value->empty()) return std::nullopt;
  const auto number = parse_integer(*value);
  if (!number) fault(name, "must be an integer");
  return number;
}

std::optional<bool> Query::flag(std::string_view name) {
  const auto* value = find(name);
  if (!value || value->empty()) return std::nullopt;
  if (*value == "true" || *value == "1") return true;
  if (*value == "false" || *value == "0") return false;
  fault(name, "must be true or false");
  return std::nullopt;
}

store::Page Query::page() {
  store::Page page{.limit = kDefaultLimit};
  if (const auto limit = integer("limit")) {
    page.limit = *limit;
    if (*limit < 1 || *limit > kMaxLimit) fault("limit", "must be from 1 to 500");
  }
  if (const auto* cursor = find("cursor")) {
    const auto before = parse_integer(*cursor);
    if (before && *before > 0) {
      page.before = *before;
    } else {
      fault("cursor", "must be the next_cursor of an earlier page");
    }
  }
  return page;
}

void Query::fault(std::string_view name, std::string message) {
  faults_.push_back({std::string(name), std::move(message)});
}

Result<void> Query::check() {
  if (faults_.empty()) return {};
  return invalid(std::move(faults_));
}

std::unexpected<Error> invalid(std::vector<FieldError> faults) {
  auto detail = fmt::format("{}: {}.", faults.front().field, faults.front().message);
  return fail(ErrorCode::kValidationFailed, std::move(detail), std::move(faults));
}

std::unexpected<Error> invalid(std::string field, std::string message) {
  std::vector<FieldError> faults;
  faults.push_back({std::move(field), std::move(message)});
  return invalid(std::move(faults));
}

}  // namespace mih::api
