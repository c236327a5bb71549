#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "simulation/trace.hpp"

namespace mih::simulation {

/// What happened how often, over one seed or many: shows that a run reached what it is for.
using Tally = std::map<std::string, std::int64_t>;

struct Outcome {
  std::optional<std::string> violation;
  Tally tally;
};

/// Tells the story of one seed from beginning to end. The same seed gives the same story, to the
/// last line of the trace.
Outcome simulate(std::uint64_t seed, Trace::Sink sink = {});

}  // namespace mih::simulation
