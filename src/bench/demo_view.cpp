#include "bench/demo_view.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mih::bench {
namespace {

constexpr std::string_view kClearLine = "\r\033[K";

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string latency_text(const Percentiles& latency) {
  if (latency.count == 0) return "p50 - p99 -";
  return fmt::format("p50 {:.1f} p99 {:.1f} ms", milliseconds(latency.p50),
                     milliseconds(latency.p99));
}

std::size_t columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;)
    digits.insert(at -= 3, ",");
  return digits;
}

std::string to_text(const DemoLine& line) {
  return fmt::format(
      "{:3} s  accepted {}  delivered {}  failed {}  dead {}  waiting {}  circuit {}  {}",
      line.elapsed.count(), with_commas(line.accepted), with_commas(line.delivered),
      with_commas(line.failed), with_commas(line.dead), with_commas(line.waiting), line.circuit,
      latency_text(line.latency));
}

DemoView::DemoView() : is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void DemoView::say(std::string_view sentence) {
  std::string text;
  if (!live_.empty()) text += kClearLine;
  text += sentence;
  text += '\n';
  print(text + live_);
}

void DemoView::show(const DemoLine& line) {
  std::string text = to_text(line);
  if (!is_terminal_) return print(text + "\n");
  text.resize(std::min(text.size(), columns() - 1));
  live_ = std::move(text);
  print(std::string{kClearLine} + live_);
}

void DemoView::finish_line() {
  if (!live_.empty()) print("\n");
  live_.clear();
}

}  // namespace mih::bench
