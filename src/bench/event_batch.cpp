#include "bench/event_batch.hpp"

#include "base/uuid.hpp"
#include "bench/corpus.hpp"

namespace mih::bench {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

std::uint8_t nibble(char c) {
  return static_cast<std::uint8_t>(c >= 'a' ? c - 'a' + 10 : c - '0');
}

}  // namespace

EventId parse_event_id(std::string_view uuid) {
  EventId id{};
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < id.size() && at + 1 < uuid.size(); ++byte) {
    if (dash_before(byte)) ++at;
    id[byte] = static_cast<std::uint8_t>(nibble(uuid[at]) << 4 | nibble(uuid[at + 1]));
    at += 2;
  }
  return id;
}

std::string to_text(const EventId& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t byte = 0; byte < id.size(); ++byte) {
    if (dash_before(byte)) text += '-';
    text += kHex[id[byte] >> 4];
    text += kHex[id[byte] & 15];
  }
  return text;
}

void EventBatcher::fill(EventBatch& batch, std::size_t size, WallTime now) {
  const auto& events = recorded_events();
  batch.body.clear();
  batch.ids.clear();
  if (size != 1) batch.body += '[';
  for (std::size_t i = 0; i < size; ++i) {
    const std::string id = make_uuid7(now);
    const std::string_view event = events[next_++ % events.size()];
    if (i > 0) batch.body += ',';
    batch.body += "{\"id\":\"";
    batch.body += id;
    batch.body += "\",";
    batch.body += event.substr(1);
    batch.ids.push_back(parse_event_id(id));
  }
  if (size != 1) batch.body += ']';
}

}  // namespace mih::bench
