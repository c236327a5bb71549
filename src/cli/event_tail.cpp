#include "cli/event_tail.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace mih::cli {
namespace {

/// An event's id is unique in its site.
std::string key_of(const json::Value& item) {
  std::string key;
  for (const std::string_view name : {"site", "id"}) {
    const auto value = item.find(name);
    if (value) key += value->raw();
  }
  return key;
}

}  // namespace

bool EventTail::take(const json::Value& items) {
  bool all_new = true;
  items.each_element([&](const json::Value& item) {
    if (!all_new || !item.is_object()) return;  // what comes after a known one is older
    std::string key = key_of(item);
    if (!known_.insert(key).second) {
      all_new = false;
      return;
    }
    fresh_.emplace_back(item.raw());
    fresh_keys_.push_back(std::move(key));
  });
  return all_new;
}

std::vector<std::string> EventTail::flush() {
  for (auto& key : std::views::reverse(fresh_keys_))
    shown_.push_back(std::move(key));
  fresh_keys_.clear();
  for (; shown_.size() > kRemembered; shown_.pop_front())
    known_.erase(shown_.front());
  auto out = std::exchange(fresh_, {});
  std::ranges::reverse(out);
  return out;
}

}  // namespace mih::cli
