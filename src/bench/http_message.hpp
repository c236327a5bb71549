#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mih::bench {

/// The head of an HTTP/1.1 message, as far as load tools need it. Views into the parsed bytes.
struct MessageHead {
  std::string_view start_line;
  std::size_t size = 0;  ///< of the head, with its empty line
  std::size_t content_length = 0;
  bool has_length = false;
  bool chunked = false;  ///< any Transfer-Encoding
  bool closes = false;   ///< Connection: close
  std::string_view webhook_id;

  /// Size of the whole message.
  std::size_t total() const { return size + content_length; }
};

enum class HeadState : std::uint8_t { kIncomplete, kMalformed, kComplete };

inline constexpr std::size_t kMaxHeadBytes = 64 * 1024;

/// Reads the head at the start of `bytes` (RFC 9112). A head over kMaxHeadBytes is malformed.
HeadState parse_head(std::string_view bytes, MessageHead& head);

/// The status code of a response's start line; 0 if it is none.
int status_of(std::string_view start_line);

}  // namespace mih::bench
