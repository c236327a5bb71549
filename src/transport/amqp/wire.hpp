#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

/// The elements of AMQP 0-9-1 on the wire (specification, section 4.2.5): big-endian numbers, short
/// strings of at most 255 bytes, long strings, tables.
namespace mih::transport::amqp {

/// Appends to a text that it does not own.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  template <std::unsigned_integral T>
  void number(T value) {
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
    out_.append(bytes, sizeof(T));
  }
  void octet(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  /// What is beyond 255 bytes is left out.
  void short_text(std::string_view text) {
    text = text.substr(0, 255);
    octet(static_cast<std::uint8_t>(text.size()));
    out_ += text;
  }
  void long_text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }

  /// A length that is known only when what follows has been written.
  std::size_t begin_length() {
    number(std::uint32_t{0});
    return out_.size();
  }
  void end_length(std::size_t begin) {
    const auto size = static_cast<std::uint32_t>(out_.size() - begin);
    for (std::size_t i = 0; i < 4; ++i)
      out_[begin - 4 + i] = static_cast<char>(size >> (8 * (3 - i)));
  }

  // Members of a table.
  void member(std::string_view name, std::string_view text) {
    short_text(name);
    octet('S');
    long_text(text);
  }
  void member(std::string_view name, bool value) {
    short_text(name);
    octet('t');
    octet(value ? 1 : 0);
  }
  std::size_t begin_table(std::string_view name) {
    short_text(name);
    octet('F');
    return begin_length();
  }

 private:
  std::string& out_;
};

/// Reads from the front of a text. What runs beyond the end reads as nothing and sets `failed`.
class WireReader {
 public:
  explicit WireReader(std::string_view data) : data_(data) {}

  template <std::unsigned_integral T>
  T number() {
    T value = 0;
    for (const char byte : bytes(sizeof(T)))
      value =
          static_cast<T>(static_cast<std::uint64_t>(value) << 8U | static_cast<std::uint8_t>(byte));
    return value;
  }
  std::uint8_t octet() { return number<std::uint8_t>(); }
  std::string_view short_text() { return bytes(octet()); }
  /// Also the bytes of a table.
  std::string_view long_text() { return bytes(number<std::uint32_t>()); }
  std::string_view bytes(std::size_t count) {
    if (failed_ || count > data_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = data_.substr(0, count);
    data_.remove_prefix(count);
    return taken;
  }

  bool failed() const { return failed_; }

 private:
  std::string_view data_;
  bool failed_ = false;
};

}  // namespace mih::transport::amqp
