#pragma once

#include <chrono>
#include <optional>

namespace mih::bench {

/// When the receiver of a demonstration fails and when the sending ends, as time since the start.
class DemoPlan {
 public:
  using Time = std::chrono::milliseconds;

  /// Without `seconds` it never ends, and a spell comes each minute.
  explicit DemoPlan(std::optional<int> seconds);

  bool receiver_fails(Time elapsed) const;
  bool is_over(Time elapsed) const { return end_ && elapsed >= *end_; }
  Time spell_length() const { return spell_end_ - spell_begin_; }
  /// cb_cooldown for the service: short enough that the recovery is seen before the end.
  std::chrono::seconds cooldown() const { return cooldown_; }

 private:
  std::optional<Time> end_;
  Time spell_begin_;
  Time spell_end_;
  std::chrono::seconds cooldown_;
};

}  // namespace mih::bench
