#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace mih::test {

/// Random JSON texts from a seed: every kind of value, odd spellings, white space anywhere. All of
/// them are valid JSON by RFC 8259.
class RandomJson {
 public:
  struct Options {
    bool beyond_nlohmann = false;  ///< also lone surrogates and numbers like 1e400
    bool white_space = true;
    int max_depth = 5;
  };

  explicit RandomJson(std::uint64_t seed) : RandomJson(seed, Options{}) {}
  RandomJson(std::uint64_t seed, Options options) : random_(seed), options_(options) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  template <class List>
  auto pick(const List& list) {
    return list[below(std::size(list))];
  }

  std::string value(int depth = 0) {
    const std::size_t kinds = depth >= options_.max_depth ? 6 : 9;
    switch (below(kinds)) {
      case 0:
        return "null";
      case 1:
        return "true";
      case 2:
        return "false";
      case 3:
        return number();
      case 4:
      case 5:
        return string();
      case 6:
        return array(depth);
      default:
        return object(depth);
    }
  }

  std::string object(int depth = 0) {
    std::string text = "{";
    const std::size_t members = below(4);
    for (std::size_t i = 0; i < members; ++i) {
      if (i > 0) text += "," + space();
      text += space() + string() + space() + ":" + space() + value(depth + 1) + space();
    }
    return text + space() + "}";
  }

  std::string array(int depth = 0) {
    std::string text = "[";
    const std::size_t elements = below(4);
    for (std::size_t i = 0; i < elements; ++i) {
      if (i > 0) text += ",";
      text += space() + value(depth + 1) + space();
    }
    return text + space() + "]";
  }

  std::string number() {
    static constexpr std::array<std::string_view, 14> kOdd{"0",
                                                           "-0",
                                                           "-1",
                                                           "129.95",
                                                           "1E5",
                                                           "1e-7",
                                                           "9223372036854775807",
                                                           "-9223372036854775808",
                                                           "0.0",
                                                           "5",
                                                           "7e0",
                                                           "12345678901234567890",
                                                           "0.1e1",
                                                           "-0.0"};
    static constexpr std::array<std::string_view, 3> kHuge{"1e400", "-1E+999", "1e-999"};
    if (options_.beyond_nlohmann && below(4) == 0) return std::string{pick(kHuge)};
    if (below(2) == 0) return std::to_string(static_cast<std::int64_t>(random_()) >> below(64));
    return std::string{pick(kOdd)};
  }

  std::string string() {
    static constexpr std::array<std::string_view, 24> kParts{"a",
                                                             "B7",
                                                             "user",
                                                             " ",
                                                             "\\\"",
                                                             "\\\\",
                                                             "\\/",
                                                             "\\n",
                                                             "\\t",
                                                             "\\u0000",
                                                             "\\u00e9",
                                                             "\\u20AC",
                                                             "\\ud83d\\ude00",
                                                             "\xC3\xB1",
                                                             "\xE2\x82\xAC",
                                                             "\xF0\x9F\x98\x80",
                                                             "{{userid}}",
                                                             "}}",
                                                             "{",
                                                             "\x7F",
                                                             "0123456789",
                                                             "\\r\\b\\f",
                                                             "%2F..",
                                                             "<&>"};
    static constexpr std::array<std::string_view, 3> kLone{"\\ud800", "\\uDFFF", "\\ud83dx"};
    std::string text = "\"";
    const std::size_t parts = below(5);
    for (std::size_t i = 0; i < parts; ++i) {
      text += options_.beyond_nlohmann && below(6) == 0 ? pick(kLone) : pick(kParts);
    }
    return text + "\"";
  }

  /// The text with one byte removed, doubled, replaced or put in: often no JSON any more.
  std::string mutate(std::string text) {
    static constexpr std::string_view kBytes =
        "{}[]\",:\\/0123456789-+.eEtfnul \n\t\x01\x80\xC3\xED";
    const std::size_t at = below(text.size() + 1);
    switch (below(4)) {
      case 0:
        text.erase(at, 1 + below(3));
        break;
      case 1:
        text.insert(at, 1, pick(kBytes));
        break;
      case 2:
        text.insert(at, text.substr(at, 1 + below(4)));
        break;
      default:
        if (at < text.size()) text[at] = pick(kBytes);
    }
    return text;
  }

 private:
  std::string space() {
    static constexpr std::array<std::string_view, 6> kSpaces{"", "", "", " ", "\n", "\t \r"};
    return options_.white_space ? std::string{pick(kSpaces)} : std::string{};
  }

  std::mt19937_64 random_;
  Options options_;
};

}  // namespace mih::test
