#include "base/json.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/utf8.hpp"

namespace mih::json {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Skips bytes that a string may contain as they are: ASCII without controls, quote, backslash.
const char* skip_plain(const char* at, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    // The high bit of a byte is set if the byte is below 0x20, equal to one of the two, or not
    // ASCII. Borrows can mark bytes after the first such byte falsely; only the first is used.
    const std::uint64_t special =
        ((word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | word) & kHigh;
    if (special != 0) {
      if constexpr (std::endian::native == std::endian::little) {
        return at + (std::countr_zero(special) >> 3);
      } else {
        break;
      }
    }
    at += 8;
  }
  while (at != end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') return at;
    ++at;
  }
  return at;
}

}  // namespace

/// Reads one text in a single pass. An open container keeps the index of the container around it in
/// `next`, so that the tape itself is the stack.
class Parser {
 public:
  Parser(std::string_view text, const Limits& limits, std::vector<Document::Node>& nodes)
      : begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        limits_(limits),
        nodes_(nodes) {}

  bool run() {
    skip_space();
    do {
      if (!value()) return false;
    } while (open_ != kNone && continues());
    if (message_ != nullptr) return false;
    skip_space();
    return at_ == end_ || fail("unexpected text after the JSON value");
  }

  ParseError error() const {
    ParseError error;
    error.offset = static_cast<std::size_t>(at_ - begin_);
    error.too_deep = too_deep_;
    error.message = message_;
    for (const char* c = begin_; c != at_; ++c) {
      if (*c == '\n') {
        ++error.line;
        error.column = 1;
      } else if (!utf8::is_continuation(*c)) {
        ++error.column;
      }
    }
    return error;
  }

 private:
  using Node = Document::Node;

  bool fail(const char* message) {
    message_ = message;
    return false;
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
      ++at_;
  }

  std::uint32_t offset() const { return static_cast<std::uint32_t>(at_ - begin_); }

  void push(Kind kind, const char* begin, bool escaped) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(Node{.begin = static_cast<std::uint32_t>(begin - begin_),
                          .end = offset(),
                          .next = index + 1,
                          .count = 0,
                          .kind = kind,
                          .escaped = escaped});
  }

  /// A scalar, an empty container, or everything up to the first scalar inside.
  bool value() {
    for (;;) {
      if (at_ == end_) return fail("the text ends where a value is expected");
      switch (*at_) {
        case '"':
          return string();
        case '{':
        case '[':
          break;
        case 't':
          return literal("true", Kind::kTrue);
        case 'f':
          return literal("false", Kind::kFalse);
        case 'n':
          return literal("null", Kind::kNull);
        default:
          if (*at_ == '-' || is_digit(*at_)) return number();
          return fail("a value is expected here");
      }
      const bool object = *at_ == '{';
      if (!enter(object ? Kind::kObject : Kind::kArray)) return false;
      skip_space();
      if (at_ != end_ && *at_ == (object ? '}' : ']')) {
        leave();
        return true;
      }
      ++nodes_[open_].count;
      if (object && !member_name()) return false;
    }
  }

  /// After a value inside a container: closes what ends here, then steps over the comma (and the
  /// next member's name). False when the top value is complete or on an error.
  bool continues() {
    while (open_ != kNone) {
      const bool object = nodes_[open_].kind == Kind::kObject;
      skip_space();
      if (at_ == end_) {
        return fail(object ? "the text ends inside an object" : "the text ends inside an array");
      }
      if (*at_ == ',') {
        ++at_;
        skip_space();
        ++nodes_[open_].count;
        return !object || member_name();
      }
      if (*at_ != (object ? '}' : ']')) {
        return fail(object ? "',' or '}' is expected here" : "',' or ']' is expected here");
      }
      leave();
    }
    return false;
  }

  bool enter(Kind kind) {
    if (depth_ == limits_.max_depth) {
      too_deep_ = true;
      return fail("the text is nested too deeply");
    }
    ++depth_;
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    push(kind, at_, false);
    nodes_[index].next = open_;
    open_ = index;
    ++at_;
    return true;
  }

  void leave() {
    ++at_;
    --depth_;
    Node& node = nodes_[open_];
    open_ = node.next;
    node.end = offset();
    node.next = static_cast<std::uint32_t>(nodes_.size());
  }

  bool member_name() {
    if (at_ == end_ || *at_ != '"') return fail("a member name in double quotes is expected here");
    if (!string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail("':' is expected here");
    ++at_;
    skip_space();
    return true;
  }

  bool literal(std::string_view word, Kind kind) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::memcmp(at_, word.data(), word.size()) != 0) {
      return fail("a value is expected here");
    }
    const char* begin = at_;
    at_ += word.size();
    push(kind, begin, false);
    return true;
  }

  bool number() {
    const char* begin = at_;
    if (*at_ == '-') ++at_;
    if (at_ == end_ || !is_digit(*at_)) return fail("a digit is expected here");
    if (*at_ == '0') {
      ++at_;
      if (at_ != end_ && is_digit(*at_)) return fail("a number cannot start with 0");
    } else {
      skip_digits();
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    push(Kind::kNumber, begin, false);
    return true;
  }

  bool digits() {
    if (at_ == end_ || !is_digit(*at_)) return fail("a digit is expected here");
    skip_digits();
    return true;
  }

  void skip_digits() {
    while (at_ != end_ && is_digit(*at_))
      ++at_;
  }

  bool string() {
    const char* begin = at_;
    ++at_;
    bool escaped = false;
    for (;;) {
      at_ = skip_plain(at_, end_);
      if (at_ == end_) return fail("the text ends inside a string");
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte == '"') break;
      if (byte == '\\') {
        escaped = true;
        if (!escape()) return false;
      } else if (byte < 0x20) {
        return fail("a control character inside a string must be escaped");
      } else {
        const std::size_t length = utf8::sequence_length(at_, end_);
        if (length == 0) return fail("the text is not valid UTF-8");
        at_ += length;
      }
    }
    ++at_;
    push(Kind::kString, begin, escaped);
    return true;
  }

  bool escape() {
    if (end_ - at_ < 2) return fail("the text ends inside a string");
    switch (at_[1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        at_ += 2;
        return true;
      case 'u':
        break;
      default:
        return fail("an unknown escape in a string");
    }
    if (end_ - at_ < 6 || !std::all_of(at_ + 2, at_ + 6, is_hex)) {
      return fail("\\u must be followed by four hexadecimal digits");
    }
    at_ += 6;
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const Limits& limits_;
  std::vector<Node>& nodes_;
  std::uint32_t open_ = kNone;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
  const char* message_ = nullptr;
};

std::expected<void, ParseError> Document::parse(std::string_view text, const Limits& limits) {
  nodes_.clear();
  text_ = text;
  if (text.size() >= kNone) {
    return std::unexpected(ParseError{.message = "the text is longer than 4 GiB"});
  }
  Parser parser{text, limits, nodes_};
  if (parser.run()) return {};
  nodes_.clear();
  return std::unexpected(parser.error());
}

Value Document::root() const {
  return Value{this, 0};
}

}  // namespace mih::json
