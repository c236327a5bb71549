#include "engine/path.hpp"

#include <charconv>

namespace mih::engine {

std::optional<std::size_t> as_index(std::string_view part) {
  constexpr std::size_t kMostDigits = 9;
  if (part.empty() || part.size() > kMostDigits || (part.size() > 1 && part.front() == '0')) {
    return std::nullopt;
  }
  std::size_t index = 0;
  const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (status != std::errc{} || end != part.data() + part.size()) return std::nullopt;
  return index;
}

std::optional<json::Value> value_at(const json::Value& event, std::string_view path) {
  constexpr std::string_view kEvent = "event.";
  if (path.starts_with(kEvent)) path.remove_prefix(kEvent.size());
  std::optional<json::Value> value = event;
  while (value) {
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    if (value->is_object()) {
      value = value->find(name);
    } else if (const auto index = as_index(name); value->is_array() && index) {
      value = value->at(*index);
    } else {
      return std::nullopt;
    }
    if (dot == std::string_view::npos) return value;
    path.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

}  // namespace mih::engine
