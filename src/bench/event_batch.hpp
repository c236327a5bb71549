#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace mih::bench {

/// The 16 bytes of a UUID.
using EventId = std::array<std::uint8_t, 16>;

EventId parse_event_id(std::string_view uuid);
std::string to_text(const EventId& id);

/// A body for POST /events and the ids in it, in order.
struct EventBatch {
  std::string body;
  std::vector<EventId> ids;
};

/// Makes batches of recorded events, one after another round the corpus, each event with a fresh
/// UUIDv7. One event is posted as an object, several as an array.
class EventBatcher {
 public:
  /// Starts at the `start`-th recorded event.
  explicit EventBatcher(std::size_t start = 0) : next_(start) {}

  /// Fills `batch` with `size` events; its memory is reused.
  void fill(EventBatch& batch, std::size_t size, WallTime now);

 private:
  std::size_t next_;
};

}  // namespace mih::bench
