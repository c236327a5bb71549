#pragma once

#include <fmt/format.h>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "simulation/timeline.hpp"

namespace mih::simulation {

/// What happens, line by line, for those who replay a seed; and the first thing that was wrong.
class Trace {
 public:
  using Sink = std::function<void(const std::string&)>;

  /// Without a sink lines cost nothing.
  Trace(const Timeline& timeline, Sink sink) : timeline_(timeline), sink_(std::move(sink)) {}

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_) sink_(stamp() + fmt::format(format, std::forward<Args>(args)...));
  }

  /// The run ends with the first violation; later ones are its consequences.
  template <class... Args>
  void violation(fmt::format_string<Args...> format, Args&&... args) {
    if (violation_) return;
    violation_ = stamp() + fmt::format(format, std::forward<Args>(args)...);
    if (sink_) sink_("VIOLATION " + *violation_);
  }
  const std::optional<std::string>& violation() const { return violation_; }

 private:
  std::string stamp() const {
    const auto now = timeline_.now();
    return fmt::format("{:>13.6f} ",
                       std::chrono::duration<double>(now.steady.time_since_epoch()).count() - 3600);
  }

  const Timeline& timeline_;
  Sink sink_;
  std::optional<std::string> violation_;
};

}  // namespace mih::simulation
