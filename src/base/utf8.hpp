#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// UTF-8 (RFC 3629) byte by byte, for the JSON reader and writer.
namespace mih::utf8 {

inline constexpr std::uint32_t kReplacement = 0xFFFD;

inline bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Length of the well-formed sequence at `at`, 1 to 4; 0 if there is none. `at` is before `end`.
inline std::size_t sequence_length(const char* at, const char* end) {
  const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  const auto left = end - at;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (left < 2 || !is_continuation(at[1])) return 0;
  if (lead < 0xE0) return 2;
  // Overlong forms, surrogates and code points over U+10FFFF show in the second byte.
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  if (left < 3 || !is_continuation(at[2])) return 0;
  if (lead < 0xF0) return 3;
  if (left < 4 || !is_continuation(at[3])) return 0;
  return 4;
}

/// Appends one code point, which must not be a surrogate.
inline void append(std::string& out, std::uint32_t code_point) {
  const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xC0 | code_point >> 6);
    push(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    push(0xE0 | code_point >> 12);
    push(0x80 | (code_point >> 6 & 0x3F));
    push(0x80 | (code_point & 0x3F));
  } else {
    push(0xF0 | code_point >> 18);
    push(0x80 | (code_point >> 12 & 0x3F));
    push(0x80 | (code_point >> 6 & 0x3F));
    push(0x80 | (code_point & 0x3F));
  }
}

}  // namespace mih::utf8
