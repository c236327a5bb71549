#pragma once

#include <compare>
#include <cstdint>
#include <string>

/// What is taken over from the original plugin.
namespace mih::core {

enum class ImportKind : std::uint8_t { kService, kRule, kDeadLetter, kDelivery };

/// A row of the original's tables: of which site, what it is, and its id there.
struct Origin {
  std::string site;
  ImportKind kind = ImportKind::kService;
  std::int64_t id = 0;

  auto operator<=>(const Origin&) const = default;
};

}  // namespace mih::core
