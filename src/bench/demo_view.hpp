#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/ledger.hpp"

namespace mih::bench {

/// What the live line of a demonstration shows.
struct DemoLine {
  std::chrono::seconds elapsed{};
  std::int64_t accepted = 0;
  std::int64_t delivered = 0;
  std::int64_t failed = 0;  ///< attempts
  std::int64_t dead = 0;
  std::int64_t waiting = 0;
  std::string circuit = {};
  Percentiles latency = {};
};

std::string to_text(const DemoLine& line);
/// 1234567 as "1,234,567".
std::string with_commas(std::int64_t number);

/// Standard output of a demonstration: on a terminal one line that changes, with sentences above
/// it; elsewhere plain lines.
class DemoView {
 public:
  DemoView();
  void say(std::string_view sentence);
  void show(const DemoLine& line);
  /// Leaves the live line standing.
  void finish_line();

 private:
  bool is_terminal_;
  std::string live_;  ///< the line that stands on the terminal
};

}  // namespace mih::bench
