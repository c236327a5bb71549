#include "base/decimal.hpp"

#include <algorithm>

namespace mih {
namespace {

/// Beyond it exponents are all the same: no event spells so many digits.
constexpr std::int64_t kLargestExponent = 1'000'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
  const auto digits = text.substr(0, static_cast<std::size_t>(end));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char c : digits)
    number = std::min(number * 10 + (c - '0'), kLargestExponent);
  return number;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal made;
  made.negative_ = take(text, "-");
  std::string_view whole = take_digits(text);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  std::string_view fraction;
  if (take(text, ".")) {
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  std::int64_t exponent = 0;
  if (take(text, "eE")) {
    const bool minus = !text.empty() && text.front() == '-';
    take(text, "+-");
    const auto digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    exponent = minus ? -number_of(digits) : number_of(digits);
  }
  if (!text.empty()) return std::nullopt;

  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (whole == "0") {
    const auto zeros = std::min(fraction.find_first_not_of('0'), fraction.size());
    fraction.remove_prefix(zeros);
    whole = {};
    made.magnitude_ = exponent - static_cast<std::int64_t>(zeros);
  } else {
    made.magnitude_ = exponent + static_cast<std::int64_t>(whole.size());
    if (fraction.empty()) whole = whole.substr(0, whole.find_last_not_of('0') + 1);
  }
  made.whole_ = whole;
  made.fraction_ = fraction;
  made.digits_ = whole.size() + fraction.size();
  if (made.digits_ == 0) return Decimal{};
  return made;
}

char Decimal::digit(std::size_t position) const {
  if (position < whole_.size()) return whole_[position];
  position -= whole_.size();
  return position < fraction_.size() ? fraction_[position] : '0';
}

std::strong_ordering Decimal::compare_magnitude(const Decimal& other) const {
  if (digits_ == 0 || other.digits_ == 0) return digits_ <=> other.digits_;
  if (magnitude_ != other.magnitude_) return magnitude_ <=> other.magnitude_;
  const std::size_t longest = std::max(digits_, other.digits_);
  for (std::size_t i = 0; i < longest; ++i) {
    if (const auto order = digit(i) <=> other.digit(i); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative_ != other.negative_) {
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return negative_ ? other.compare_magnitude(*this) : compare_magnitude(other);
}

std::optional<std::string> Decimal::truncated() const {
  constexpr std::int64_t kMostDigits = 64;
  if (digits_ == 0 || magnitude_ <= 0) return "0";
  if (magnitude_ > kMostDigits) return std::nullopt;
  std::string text = negative_ ? "-" : "";
  for (std::size_t i = 0; i < static_cast<std::size_t>(magnitude_); ++i)
    text.push_back(digit(i));
  return text;
}

std::string Decimal::canonical() const {
  std::string text = negative_ ? "-" : "";
  text.append(whole_).append(fraction_).push_back('e');
  return text + std::to_string(magnitude_);
}

}  // namespace mih
