#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mih::engine {

/// Runs a strict JSON parser (RFC 8259) over the text of a template and keeps the *set* of states
/// it can be in: which containers are open, where in the grammar it stands, inside a string or not.
/// Text must be acceptable from every state of the set, so what passes is valid JSON whatever the
/// placeholders hold and whichever way through the template is taken. Sound, not complete.
class JsonStates {
 public:
  static constexpr std::size_t kMaxDepth = 64;

  /// Where a placeholder stands.
  enum class Slot : std::uint8_t {
    kValue,  ///< outside quotes: it is a whole JSON value
    kText,   ///< inside quotes: it is part of a string
  };

  struct Fault {
    std::size_t offset = 0;  ///< in the text that was given
    std::string message;
  };

  /// The start of a document: one state.
  JsonStates();

  /// Steps over literal text, which must be valid UTF-8.
  std::expected<void, Fault> text(std::string_view text);
  /// Steps over a placeholder, which must stand in the same kind of slot in every state.
  std::expected<Slot, Fault> placeholder();
  /// Adds the states of another way through the template.
  void join(const JsonStates& other);
  /// True if all states of both sets have the same containers open.
  bool same_containers(const JsonStates& other) const;
  /// Only "document complete" may remain at the end.
  std::expected<void, Fault> finish() const;

  /// Remembers a decision that led to these states, for messages.
  void note(const std::string& decision);
  /// Grows with every state and every name that a state has seen.
  std::size_t weight() const;
  std::size_t size() const { return states_.size(); }

 private:
  enum class Position : std::uint8_t {
    kValue,
    kValueOrEnd,  ///< right after '['
    kName,
    kNameOrEnd,  ///< right after '{'
    kColon,
    kAfterValue,
    kAfterPlaceholder,  ///< a value that text must not be glued to
    kString,
    kEscape,
    kHex,
    kWord,  ///< inside true, false, null
    kMinus,
    kZero,
    kInteger,
    kPoint,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits,
  };

  struct State {
    Position position = Position::kValue;
    bool in_name = false;     ///< the string is a member's name
    bool name_fixed = true;   ///< no placeholder in that name
    std::uint8_t digits = 0;  ///< of a \u escape that are still to come
    std::string_view word;    ///< letters of true, false, null that are still to come
    std::string open;         ///< brackets of the open containers, innermost last
    std::string name;         ///< the name being read, as spelled
    std::string way;          ///< the decisions that led here, for messages
    /// Literal names seen so far, one set per open container.
    std::vector<std::set<std::string>> names;

    /// The same future, whatever names were seen.
    bool same_control(const State& other) const;
    bool in_string() const;
    bool in_number() const;
    bool number_complete() const;
  };

  /// Each returns what is wrong, "" if nothing.
  static std::string step(State& state, char c);
  static std::string begin_value(State& state, char c);
  static std::string after_value(State& state, char c);
  static std::string in_string(State& state, char c);
  static std::string in_number(State& state, char c);
  static std::string open_container(State& state, char bracket);
  static std::string end_name(State& state);

  void add(State state);
  static Fault fault_on_way(const State& state, std::size_t offset, std::string message);

  std::vector<State> states_;
};

}  // namespace mih::engine
