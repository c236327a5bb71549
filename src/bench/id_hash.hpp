#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mih::bench {

/// 128 bits that stand for a delivery id inside this process, so that millions of ids cost little.
struct IdHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const IdHash&) const = default;
};

inline IdHash hash_id(std::string_view id) {
  std::uint64_t low = 0xcbf29ce484222325;  // FNV-1a, independent of the library's hash
  for (const char c : id)
    low = (low ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {std::hash<std::string_view>{}(id), low};
}

}  // namespace mih::bench

template <>
struct std::hash<mih::bench::IdHash> {
  std::size_t operator()(const mih::bench::IdHash& id) const noexcept { return id.high; }
};
