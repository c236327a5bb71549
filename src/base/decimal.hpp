#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mih {

/// A number exactly as JSON text spells it (RFC 8259, section 6), without rounding: 129.95 is not
/// 129.9500000000000028, 1e400 is larger than 1e399. A view of the text, which must live on.
class Decimal {
 public:
  /// Empty when the text is no JSON number.
  static std::optional<Decimal> parse(std::string_view text);

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }

  /// The number without its fraction, as digits; empty when it has more than 64.
  std::optional<std::string> truncated() const;
  /// The same text for equal numbers, for use as a key.
  std::string canonical() const;

 private:
  /// Digits from the first that is not 0 on, read through the decimal point; 0 behind the last.
  char digit(std::size_t position) const;
  std::strong_ordering compare_magnitude(const Decimal& other) const;

  bool negative_ = false;
  std::string_view whole_;     ///< digits before the point that count
  std::string_view fraction_;  ///< digits behind the point that count
  std::size_t digits_ = 0;     ///< that count; 0 = the number is 0
  /// The number is 0.DIGITS * 10^magnitude_; huge exponents are cut off.
  std::int64_t magnitude_ = 0;
};

}  // namespace mih
