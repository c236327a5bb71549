#include "bench/corpus.hpp"

// clang-format off
__asm__(
    ".section .rodata\n"
    "mih_recorded_events_begin:\n"
    ".incbin \"" MIH_RECORDED_EVENTS "\"\n"
    "mih_recorded_events_end:\n"
    ".byte 0\n"
    ".text\n");
// clang-format on

extern "C" {
extern const char mih_recorded_events_begin[];
extern const char mih_recorded_events_end[];
}

namespace mih::bench {

const std::vector<std::string_view>& recorded_events() {
  static const std::vector<std::string_view> events = [] {
    std::vector<std::string_view> lines;
    std::string_view text{mih_recorded_events_begin, mih_recorded_events_end};
    while (!text.empty()) {
      const auto end = text.find('\n');
      lines.push_back(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
  }();
  return events;
}

}  // namespace mih::bench
