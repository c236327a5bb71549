#include "engine/json_states.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace mih::engine {
namespace {

constexpr std::string_view kGluedAfter =
    "text is glued to the placeholder before it: put both in quotes, or let the placeholder be the "
    "whole value";
constexpr std::string_view kGluedBefore =
    "the placeholder is glued to the text before it: put both in quotes, or let the placeholder be "
    "the whole value";
constexpr std::string_view kGluedTogether =
    "two placeholders are glued together: put both in quotes, or separate them with a comma";
constexpr std::string_view kNameExpected = "a member name in double quotes is expected here";

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The name as its reader sees it, so that "a" and "\u0061" are one.
std::string decode(std::string_view spelled) {
  const std::string quoted = '"' + std::string{spelled} + '"';
  json::Document document;
  return document.parse(quoted) ? document.root().as_string() : std::string{spelled};
}

}  // namespace

bool JsonStates::State::same_control(const State& other) const {
  return position == other.position && in_name == other.in_name && name_fixed == other.name_fixed &&
         digits == other.digits && word == other.word && open == other.open && name == other.name;
}

bool JsonStates::State::in_string() const {
  return position == Position::kString || position == Position::kEscape ||
         position == Position::kHex;
}

bool JsonStates::State::in_number() const {
  return position >= Position::kMinus;
}

bool JsonStates::State::number_complete() const {
  return position == Position::kZero || position == Position::kInteger ||
         position == Position::kFraction || position == Position::kExponentDigits;
}

JsonStates::JsonStates() : states_(1) {}

std::expected<void, JsonStates::Fault> JsonStates::text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (State& state : states_) {
      const std::size_t name_size = state.name.size() + 1;
      const bool ends_name = state.position == Position::kString && state.in_name && text[i] == '"';
      if (std::string fault = step(state, text[i]); !fault.empty()) {
        // A fault of a whole name is shown at its beginning.
        return std::unexpected(
            fault_on_way(state, ends_name && name_size <= i ? i - name_size : i, std::move(fault)));
      }
    }
  }
  std::vector<State> reached;
  reached.swap(states_);
  for (State& state : reached)
    add(std::move(state));
  return {};
}

std::expected<JsonStates::Slot, JsonStates::Fault> JsonStates::placeholder() {
  const bool text = states_.front().position == Position::kString;
  for (State& state : states_) {
    const auto fail = [&state](std::string_view message) {
      return std::unexpected(fault_on_way(state, 0, std::string{message}));
    };
    switch (state.position) {
      case Position::kString:
        if (!text) return fail("the placeholder can stand inside quotes or outside them");
        if (state.in_name) state.name_fixed = false;
        continue;
      case Position::kEscape:
      case Position::kHex:
        return fail("a placeholder cannot stand inside an escape");
      case Position::kName:
      case Position::kNameOrEnd:
        return fail("a placeholder that is a member name must be in quotes: \"{{...}}\"");
      case Position::kColon:
        return fail("':' is expected here");
      case Position::kAfterPlaceholder:
        return fail(kGluedTogether);
      case Position::kAfterValue:
        if (state.open.empty()) return fail("unexpected placeholder after the JSON value");
        return fail(state.open.back() == '{' ? "',' or '}' is expected before this placeholder"
                                             : "',' or ']' is expected before this placeholder");
      case Position::kValue:
      case Position::kValueOrEnd:
        break;
      default:
        return fail(kGluedBefore);
    }
    if (text) return fail("the placeholder can stand inside quotes or outside them");
    state.position = Position::kAfterPlaceholder;
  }
  return text ? Slot::kText : Slot::kValue;
}

JsonStates::Fault JsonStates::fault_on_way(const State& state, std::size_t offset,
                                           std::string message) {
  if (!state.way.empty()) message += " (when " + state.way + ")";
  return {offset, std::move(message)};
}

void JsonStates::note(const std::string& decision) {
  constexpr std::size_t kLongestWay = 400;
  for (State& state : states_) {
    if (state.way.size() > kLongestWay) continue;
    state.way += (state.way.empty() ? "" : " and ") + decision;
  }
}

std::size_t JsonStates::weight() const {
  std::size_t weight = states_.size();
  for (const State& state : states_) {
    for (const auto& names : state.names)
      weight += names.size();
  }
  return weight;
}

void JsonStates::join(const JsonStates& other) {
  for (const State& state : other.states_)
    add(state);
}

bool JsonStates::same_containers(const JsonStates& other) const {
  const std::string& open = states_.front().open;
  const auto same = [&open](const State& state) { return state.open == open; };
  return std::ranges::all_of(states_, same) && std::ranges::all_of(other.states_, same);
}

std::expected<void, JsonStates::Fault> JsonStates::finish() const {
  for (const State& state : states_) {
    const auto fail = [&state](std::string message) {
      return std::unexpected(fault_on_way(state, 0, std::move(message)));
    };
    if (state.in_string()) return fail("the template ends inside a string");
    if (!state.open.empty()) {
      return fail(state.open.back() == '{' ? "the template ends inside an object: '}' is missing"
                                           : "the template ends inside an array: ']' is missing");
    }
    const bool complete = state.position == Position::kAfterValue ||
                          state.position == Position::kAfterPlaceholder || state.number_complete();
    if (!complete) return fail("the template ends where a JSON value is expected");
  }
  return {};
}

void JsonStates::add(State state) {
  const auto known = std::ranges::find_if(
      states_, [&state](const State& other) { return other.same_control(state); });
  if (known == states_.end()) {
    states_.push_back(std::move(state));
    return;
  }
  // All ways on are the same, so a name that either has seen is a duplicate for both.
  for (std::size_t i = 0; i < known->names.size(); ++i)
    known->names[i].merge(state.names[i]);
}

std::string JsonStates::step(State& state, char c) {
  if (state.in_number()) return in_number(state, c);
  switch (state.position) {
    case Position::kValueOrEnd:
      if (c == ']') return after_value(state, c);
      [[fallthrough]];
    case Position::kValue:
      return begin_value(state, c);
    case Position::kNameOrEnd:
      if (c == '}') return after_value(state, c);
      [[fallthrough]];
    case Position::kName:
      if (is_space(c)) return {};
      if (c != '"') return std::string{kNameExpected};
      state.position = Position::kString;
      state.in_name = true;
      state.name_fixed = true;
      state.name.clear();
      return {};
    case Position::kColon:
      if (is_space(c)) return {};
      if (c != ':') return "':' is expected here";
      state.position = Position::kValue;
      return {};
    case Position::kWord:
      if (c != state.word.front()) return "a JSON value is expected here";
      state.word.remove_prefix(1);
      if (state.word.empty()) state.position = Position::kAfterValue;
      return {};
    case Position::kString:
    case Position::kEscape:
    case Position::kHex:
      return in_string(state, c);
    default:
      return after_value(state, c);
  }
}

std::string JsonStates::begin_value(State& state, char c) {
  const auto begin_word = [&state](std::string_view rest) {
    state.word = rest;
    state.position = Position::kWord;
    return std::string{};
  };
  if (is_space(c)) return {};
  switch (c) {
    case '"':
      state.position = Position::kString;
      state.in_name = false;
      return {};
    case '{':
    case '[':
      return open_container(state, c);
    case 't':
      return begin_word("rue");
    case 'f':
      return begin_word("alse");
    case 'n':
      return begin_word("ull");
    case '-':
      state.position = Position::kMinus;
      return {};
    case '0':
      state.position = Position::kZero;
      return {};
    default:
      break;
  }
  if (!is_digit(c)) return "a JSON value is expected here";
  state.position = Position::kInteger;
  return {};
}

std::string JsonStates::open_container(State& state, char bracket) {
  if (state.open.size() == kMaxDepth) return "the template is nested too deeply";
  state.open.push_back(bracket);
  state.names.emplace_back();
  state.position = bracket == '{' ? Position::kNameOrEnd : Position::kValueOrEnd;
  return {};
}

std::string JsonStates::after_value(State& state, char c) {
  const bool glued = state.position == Position::kAfterPlaceholder;
  if (is_space(c)) {
    state.position = Position::kAfterValue;
    return {};
  }
  const bool object = !state.open.empty() && state.open.back() == '{';
  if (!state.open.empty()) {
    if (c == ',') {
      state.position = object ? Position::kName : Position::kValue;
      return {};
    }
    if (c == (object ? '}' : ']')) {
      state.open.pop_back();
      state.names.pop_back();
      state.position = Position::kAfterValue;
      return {};
    }
  }
  const bool structural = std::string_view{",:]}"}.find(c) != std::string_view::npos;
  if (glued && !structural) return std::string{kGluedAfter};
  if (state.open.empty()) return "unexpected text after the JSON value";
  return object ? "',' or '}' is expected here" : "',' or ']' is expected here";
}

std::string JsonStates::in_string(State& state, char c) {
  if (static_cast<unsigned char>(c) < 0x20) {
    return "a line break or control character inside a string must be escaped, for instance \\n";
  }
  if (state.position == Position::kString && c == '"') {
    if (state.in_name) return end_name(state);
    state.position = Position::kAfterValue;
    return {};
  }
  if (state.in_name) state.name.push_back(c);
  if (state.position == Position::kString) {
    if (c == '\\') state.position = Position::kEscape;
  } else if (state.position == Position::kEscape) {
    if (std::string_view{"\"\\/bfnrtu"}.find(c) == std::string_view::npos) {
      return "an unknown escape in a string";
    }
    state.position = c == 'u' ? Position::kHex : Position::kString;
    state.digits = 4;
  } else {
    if (!is_hex(c)) return "\\u must be followed by four hexadecimal digits";
    if (--state.digits == 0) state.position = Position::kString;
  }
  return {};
}

std::string JsonStates::end_name(State& state) {
  state.position = Position::kColon;
  std::string name;
  name.swap(state.name);
  if (!state.name_fixed) return {};
  if (!state.names.back().insert(decode(name)).second) {
    return "the member \"" + name + "\" is there twice";
  }
  return {};
}

std::string JsonStates::in_number(State& state, char c) {
  using enum Position;
  const auto go = [&state](Position position) {
    state.position = position;
    return std::string{};
  };
  const Position at = state.position;
  if (is_digit(c)) {
    if (at == kMinus) return go(c == '0' ? kZero : kInteger);
    if (at == kZero) return "a number cannot start with 0";
    if (at == kPoint) return go(kFraction);
    if (at == kExponent || at == kExponentSign) return go(kExponentDigits);
    return {};
  }
  if (c == '.' && (at == kZero || at == kInteger)) return go(kPoint);
  if ((c == 'e' || c == 'E') && (at == kZero || at == kInteger || at == kFraction)) {
    return go(kExponent);
  }
  if ((c == '+' || c == '-') && at == kExponent) return go(kExponentSign);
  if (!state.number_complete()) return "a digit is expected here";
  state.position = kAfterValue;
  return after_value(state, c);
}

}  // namespace mih::engine
