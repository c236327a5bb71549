#include "cli/progress.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <unistd.h>

namespace mih::cli {
namespace {

constexpr std::size_t kBarWidth = 30;
constexpr std::chrono::milliseconds kInterval{100};
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

std::string progress_text(std::string_view what, std::int64_t done, std::int64_t total) {
  if (total <= 0) return fmt::format("{:<9}...", what);
  const double part = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kBarWidth));
  return fmt::format("{:<9} [{}{}] {:3.0f} %", what, std::string(full, '#'),
                     std::string(kBarWidth - full, '-'), part * 100);
}

ProgressLine::ProgressLine() : is_terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::show(std::string_view what, std::int64_t done, std::int64_t total) {
  if (!is_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (what_ == what && now < next_) return;
  what_ = what;
  next_ = now + kInterval;
  shown_ = true;
  std::cerr << kClearLine << progress_text(what, done, total) << std::flush;
}

void ProgressLine::clear() {
  if (shown_) std::cerr << kClearLine << std::flush;
  shown_ = false;
}

}  // namespace mih::cli
