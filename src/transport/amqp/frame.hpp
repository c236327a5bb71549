#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

/// Frames of AMQP 0-9-1 (specification, section 4.2.3).
namespace mih::transport::amqp {

enum class FrameType : std::uint8_t { kMethod = 1, kHeader = 2, kBody = 3, kHeartbeat = 8 };

/// What a frame needs besides its payload.
inline constexpr std::size_t kFrameOverhead = 8;
/// The largest frame we offer to take and send (RabbitMQ's own default).
inline constexpr std::uint32_t kMostFrame = 131'072;

struct Frame {
  FrameType type = FrameType::kMethod;
  std::uint16_t channel = 0;
  std::string_view payload;
};

/// Finds the frames in a stream of bytes.
class FrameReader {
 public:
  void add(std::string_view bytes);

  /// The next whole frame; valid until the next call of anything here. Empty: more bytes are
  /// needed. An error (also for every later call): the peer does not speak AMQP 0-9-1.
  Result<std::optional<Frame>> next();

 private:
  std::string buffer_;
  std::size_t begin_ = 0;  ///< of what has not been read
  bool failed_ = false;
};

/// Appends a frame: everything written to the same text between begin and end is its payload.
std::size_t begin_frame(std::string& out, FrameType type, std::uint16_t channel);
void end_frame(std::string& out, std::size_t begin);

}  // namespace mih::transport::amqp
