#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace mih::cli {

/// One line about long work: "copying   [###---]  50 %"; without the figures when `total` is 0.
std::string progress_text(std::string_view what, std::int64_t done, std::int64_t total);

/// Shows how far long work is, on standard error and only if that is a terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Cheap to call often.
  void show(std::string_view what, std::int64_t done, std::int64_t total);
  /// Takes the line away, for what is printed next.
  void clear();

 private:
  bool is_terminal_;
  bool shown_ = false;
  std::string what_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace mih::cli
