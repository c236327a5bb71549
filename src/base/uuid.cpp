#include "base/uuid.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <openssl/rand.h>

namespace mih {
namespace {

/// Random numbers from a buffer: one call of the generator costs as much as many numbers.
class RandomNumbers {
 public:
  std::uint64_t next() {
    if (used_ == numbers_.size()) {
      auto* bytes = reinterpret_cast<unsigned char*>(numbers_.data());
      if (RAND_bytes(bytes, static_cast<int>(sizeof(numbers_))) != 1) std::abort();
      used_ = 0;
    }
    return numbers_[used_++];
  }

 private:
  std::array<std::uint64_t, 64> numbers_{};
  std::size_t used_ = numbers_.size();
};

/// The last id of this thread: the ids of one millisecond count up from a random start (RFC 9562,
/// section 6.2, method 2).
struct LastId {
  std::int64_t unix_ms = -1;
  std::uint64_t rand_a = 0;  ///< 12 bits
  std::uint64_t rand_b = 0;  ///< 62 bits, starts with the top bit clear: room for 2^29 steps
};

}  // namespace

std::string make_uuid7(WallTime now) {
  thread_local RandomNumbers random;
  thread_local LastId last;
  const std::int64_t unix_ms = to_unix_ms(now);
  if (unix_ms == last.unix_ms) {
    last.rand_b += 1 + (random.next() >> 32);
  } else {
    last = {unix_ms, random.next() & 0xFFF, random.next() >> 3};
  }

  const std::uint64_t high = static_cast<std::uint64_t>(unix_ms) << 16 | 0x7000 | last.rand_a;
  const std::uint64_t low = std::uint64_t{0x2} << 62 | (last.rand_b & ~(std::uint64_t{0x3} << 62));
  constexpr char kHexDigits[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (int digit = 0; digit < 32; ++digit) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    const std::uint64_t half = digit < 16 ? high : low;
    text[at++] = kHexDigits[half >> (60 - 4 * (digit % 16)) & 0xF];
  }
  return text;
}

}  // namespace mih
