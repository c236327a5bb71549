#pragma once

#include <cstdint>
#include <vector>

#include "core/rule.hpp"
#include "core/service.hpp"
#include "simulation/hub.hpp"
#include "simulation/random.hpp"

namespace mih::simulation {

/// What kind of story a seed tells.
enum class Flavour : std::uint8_t {
  kCalm,     ///< services that work; the hub may be killed
  kMixed,    ///< everything at once
  kOutage,   ///< services that are only ever unavailable, once, for a time
  kFlood,    ///< far more than a lane keeps in memory
  kGateway,  ///< many synchronous calls
};

/// Decided before the story begins.
struct Schedule {
  Flavour flavour = Flavour::kMixed;
  nanoseconds duration{};
  Hub::Options hub;
  Network::Options network;
  Moodle::Options moodle;
  std::vector<core::Service> services;
  std::vector<core::Rule> rules;
  int bursts = 0;         ///< of events
  int longest_burst = 1;  ///< events
  int mood_changes = 0;   ///< of services
  int edits = 0;          ///< of services and rules
  int interventions = 0;  ///< reset, retry-now, cancel, replay
  int gateway_calls = 0;
  int enqueued_calls = 0;
  int kills = 0;
  int stops = 0;
  int disk_failures = 0;
  int clock_jumps = 0;
  int absences = 0;        ///< of Moodle
  int person_changes = 0;  ///< there
};

Schedule make_schedule(Random& random);

core::Service random_service(Random& random, Flavour flavour, int number);
/// `service` is the one it serves.
core::Rule random_rule(Random& random, const core::Service& service, int number);

}  // namespace mih::simulation
