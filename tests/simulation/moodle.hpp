#pragma once

#include <expected>
#include <fmt/format.h>
#include <map>
#include <string>

#include "core/site_exchange.hpp"
#include "simulation/random.hpp"
#include "simulation/timeline.hpp"

namespace mih::simulation {

/// The site that is asked for people. Each has an address, which tells how often it was changed;
/// the last one does not exist. It may be away, or refuse to answer for good.
class Moodle {
 public:
  struct Options {
    nanoseconds longest_latency{};
    bool refuses = false;
  };
  static constexpr std::int64_t kNobody = 3;

  Moodle(Timeline& timeline, Random random, Options options)
      : timeline_(timeline), random_(random), options_(options) {}

  void set_away(bool away) { away_ = away; }
  bool refuses() const { return options_.refuses; }
  /// Somebody gets a new address; returns how often that has happened.
  int change(std::int64_t id) { return ++changes_[id]; }

  /// Answers while `life` lasts; what it says is what was so at some time in between.
  template <class Sink>
  void ask(const core::LookUp& wanted, Life& life, Sink sink) {
    const auto there = random_.between(nanoseconds{0}, options_.longest_latency);
    const auto back = random_.between(nanoseconds{0}, options_.longest_latency);
    life.after(there, [this, wanted, &life, back, sink = std::move(sink)]() mutable {
      life.after(back, [answer = answer(wanted), sink = std::move(sink)]() mutable {
        sink(std::move(answer));
      });
    });
  }

 private:
  std::expected<core::LookedUp, core::SiteFailure> answer(const core::LookUp& wanted) {
    using Kind = core::SiteFailure::Kind;
    if (options_.refuses) return std::unexpected(core::SiteFailure{Kind::kRefused, "no", {}});
    if (away_) {
      const auto wait = random_.between(nanoseconds{0}, std::chrono::seconds{10});
      return std::unexpected(core::SiteFailure{Kind::kAway, "away", timeline_.steady() + wait});
    }
    core::LookedUp found;
    for (const auto id : wanted.users) {
      if (id == kNobody) {
        found.users[id] = std::nullopt;
      } else {
        found.users[id] = fmt::format(R"({{"id":{},"email":"{}"}})", id, address(id));
      }
    }
    return found;
  }
  std::string address(std::int64_t id) { return fmt::format("{}-{}", id, changes_[id]); }

  Timeline& timeline_;
  Random random_;
  Options options_;
  std::map<std::int64_t, int> changes_;
  bool away_ = false;
};

}  // namespace mih::simulation
