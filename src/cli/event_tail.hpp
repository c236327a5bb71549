#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/json.hpp"

namespace mih::cli {

/// Tells new events from those that were shown, in lists that come newest first.
class EventTail {
 public:
  /// Takes the next page of the list; true if the one after it may have new events too.
  bool take(const json::Value& items);
  /// The new ones since the last call, oldest first, each as its JSON text.
  std::vector<std::string> flush();

 private:
  static constexpr std::size_t kRemembered = 10'000;

  std::vector<std::string> fresh_;  ///< newest first
  std::vector<std::string> fresh_keys_;
  std::deque<std::string> shown_;  ///< keys, oldest first, bounded
  std::unordered_set<std::string> known_;
};

}  // namespace mih::cli
