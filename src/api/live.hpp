#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mih::api {

enum class LiveKind : std::uint8_t { kCounters, kCircuit, kDeadLetter, kEvent, kAlert };

/// As the stream names it.
std::string_view name_of(LiveKind kind);

/// Something that happened, for everybody who may look: ids, names and states, no personal data.
struct LiveMessage {
  LiveKind kind = LiveKind::kCounters;
  std::string data;       ///< one line of JSON
  std::string site = {};  ///< of an event: who is bound to another site does not get it
};

using LiveSink = std::function<void(LiveMessage)>;

}  // namespace mih::api
