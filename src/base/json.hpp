#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

/// JSON (RFC 8259) read as a flat tape over the source text. Nothing is converted when parsing:
/// numbers and strings keep their spelling (129.95 stays 129.95, 1e400 and \ud800 are kept), which
/// templates need. Strict: no comments, no trailing commas, valid UTF-8 only.
namespace mih::json {

enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct Limits {
  std::size_t max_depth = 64;  ///< open containers
};

/// Where and why a text is not JSON. `offset` is in bytes; line and column count from 1, the column
/// in code points.
struct ParseError {
  std::size_t offset = 0;
  int line = 1;
  int column = 1;
  bool too_deep = false;
  std::string message;
};

class Value;

/// A parsed text. Keeps a view of the text: the caller owns it and keeps it alive. Reusing one
/// Document for many texts reuses its memory.
class Document {
 public:
  /// Parses the whole text; anything but white space after the value is an error.
  std::expected<void, ParseError> parse(std::string_view text, const Limits& limits = {});

  /// The top value. Only after a successful parse.
  Value root() const;
  std::string_view text() const { return text_; }

 private:
  friend class Value;
  friend class Parser;
  struct Node {
    std::uint32_t begin;  ///< first byte of the token in the text
    std::uint32_t end;    ///< one past the last byte (containers: past the closing bracket)
    std::uint32_t next;   ///< index of the node after this whole value
    std::uint32_t count;  ///< elements or members of a container
    Kind kind;
    bool escaped;  ///< a string with a backslash in it
  };
  std::string_view text_;
  std::vector<Node> nodes_;  ///< object members: key node, then the value's nodes
};

/// A view of one value of a Document; cheap to copy; valid while the Document is.
class Value {
 public:
  Kind kind() const { return node().kind; }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_bool() const { return kind() == Kind::kTrue || kind() == Kind::kFalse; }
  bool is_number() const { return kind() == Kind::kNumber; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_object() const { return kind() == Kind::kObject; }

  /// The source text of the value, for instance `129.95`, `"a\u00e9"` (quotes included), `{ }`.
  std::string_view raw() const;
  /// The inside of a string as spelled (escapes kept). Only for strings.
  std::string_view raw_string() const;
  /// The decoded string as UTF-8; a lone surrogate becomes U+FFFD. Only for strings.
  std::string as_string() const;
  /// True if the decoded string equals `text`. Only for strings.
  bool string_equals(std::string_view text) const {
    if (node().escaped) return as_string() == text;
    return node().end - node().begin - 2 == text.size() && raw_string() == text;
  }
  /// The number if it is an integer in int64 range (no fraction, no exponent).
  std::optional<std::int64_t> as_int() const;
  /// The number as a double; empty when it is out of range. Only for numbers.
  std::optional<double> as_double() const;

  /// Elements of an array or members of an object.
  std::size_t size() const { return node().count; }
  bool empty() const { return size() == 0; }
  /// The member of that name; with duplicate names the last one wins (as PHP and most readers).
  std::optional<Value> find(std::string_view name) const;
  /// The element at a position of an array.
  std::optional<Value> at(std::size_t position) const;
  /// Calls fn(Value element) for each element of an array.
  template <class Fn>
  void each_element(Fn&& fn) const {
    std::uint32_t index = index_ + 1;
    for (std::size_t i = 0; i < size(); ++i) {
      fn(Value{document_, index});
      index = document_->nodes_[index].next;
    }
  }
  /// Calls fn(Value key, Value value) for each member of an object, in source order.
  template <class Fn>
  void each_member(Fn&& fn) const {
    std::uint32_t index = index_ + 1;
    for (std::size_t i = 0; i < size(); ++i) {
      const Value key{document_, index};
      const Value value{document_, index + 1};
      fn(key, value);
      index = value.node().next;
    }
  }
  /// Byte range of the value in the document's text.
  std::size_t begin() const { return node().begin; }
  std::size_t end() const { return node().end; }

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document::Node& node() const { return document_->nodes_[index_]; }

  const Document* document_;
  std::uint32_t index_;
};

/// Appends `text` (UTF-8) as the inside of a JSON string: quotes, backslash and control characters
/// escaped, everything else as it is, invalid UTF-8 replaced by U+FFFD.
void append_escaped(std::string& out, std::string_view text);
/// `text` as a quoted JSON string.
std::string quoted(std::string_view text);
/// True if the bytes are well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view bytes);

/// Writes JSON text, taking care of commas. Keys are escaped too.
///   Writer w; w.begin_object(); w.member("id", 5); w.key("a"); w.begin_array(); ... w.take()
class Writer {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view{text}); }
  void value(const std::string& text) { value(std::string_view{text}); }
  void value(bool flag);
  void value(std::int64_t number);
  void value(std::uint64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  /// Shortest form that reads back as the same double; not finite becomes null.
  void value(double number);
  void null();
  /// A value that is JSON already.
  void raw(std::string_view json);
  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe)
      value(*maybe);
    else
      null();
  }
  template <class T>
  void member(std::string_view name, const T& item) {
    key(name);
    value(item);
  }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace mih::json
