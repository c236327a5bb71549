#include "bench/demo_plan.hpp"

#include <algorithm>

namespace mih::bench {
namespace {

constexpr DemoPlan::Time kPeriod = std::chrono::seconds{60};
constexpr DemoPlan::Time kDrain = std::chrono::seconds{1};  ///< of `seconds`, kept for the rest
constexpr int kShort = 15;                                  ///< seconds

}  // namespace

DemoPlan::DemoPlan(std::optional<int> seconds)
    : spell_begin_(std::chrono::seconds{10}), spell_end_(std::chrono::seconds{17}), cooldown_(2) {
  if (!seconds) return;
  const Time whole = std::chrono::seconds{std::max(*seconds, 1)};
  end_ = std::max(whole - kDrain, Time{500});
  spell_begin_ = std::min(spell_begin_, whole * 35 / 100);
  spell_end_ = std::min(spell_end_, whole * 60 / 100);
  if (*seconds < kShort) cooldown_ = std::chrono::seconds{1};
}

bool DemoPlan::receiver_fails(Time elapsed) const {
  if (is_over(elapsed)) return false;
  const Time position = end_ ? elapsed : elapsed % kPeriod;
  return position >= spell_begin_ && position < spell_end_;
}

}  // namespace mih::bench
