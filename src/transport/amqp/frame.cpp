#include "transport/amqp/frame.hpp"

#include <fmt/format.h>

#include "transport/amqp/wire.hpp"

namespace mih::transport::amqp {
namespace {

constexpr std::size_t kHead = 7;
constexpr char kEnd = '\xCE';
constexpr std::string_view kProtocolHeader = "AMQP";

bool is_type(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(FrameType::kMethod) ||
         type == static_cast<std::uint8_t>(FrameType::kHeader) ||
         type == static_cast<std::uint8_t>(FrameType::kBody) ||
         type == static_cast<std::uint8_t>(FrameType::kHeartbeat);
}

}  // namespace

void FrameReader::add(std::string_view bytes) {
  if (failed_) return;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  } else if (begin_ > kMostFrame) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

Result<std::optional<Frame>> FrameReader::next() {
  const auto broken = [this](std::string why) {
    failed_ = true;
    return fail(ErrorCode::kInternal, std::move(why));
  };
  if (failed_) return broken("the peer does not speak AMQP 0-9-1");
  const std::string_view rest = std::string_view{buffer_}.substr(begin_);
  if (rest.starts_with(kProtocolHeader)) {
    return broken("the broker wants another version of AMQP than 0-9-1");
  }
  if (rest.size() < kHead) return std::nullopt;
  WireReader reader(rest);
  const auto type = reader.octet();
  const auto channel = reader.number<std::uint16_t>();
  const auto size = reader.number<std::uint32_t>();
  if (!is_type(type)) return broken("the peer does not speak AMQP 0-9-1");
  if (size > kMostFrame) {
    return broken(fmt::format("a frame of {} bytes is larger than agreed", size));
  }
  if (rest.size() < size + kFrameOverhead) return std::nullopt;
  const auto payload = reader.bytes(size);
  if (rest[kHead + size] != kEnd) return broken("a frame has no end mark");
  begin_ += size + kFrameOverhead;
  return Frame{static_cast<FrameType>(type), channel, payload};
}

std::size_t begin_frame(std::string& out, FrameType type, std::uint16_t channel) {
  WireWriter writer(out);
  writer.octet(static_cast<std::uint8_t>(type));
  writer.number(channel);
  return writer.begin_length();
}

void end_frame(std::string& out, std::size_t begin) {
  WireWriter writer(out);
  writer.end_length(begin);
  out.push_back(kEnd);
}

}  // namespace mih::transport::amqp
