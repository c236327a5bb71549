#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/event.hpp"
#include "core/personal.hpp"

/// What a hub learns from the events that pass through, and keeps over restarts.
namespace mih::core {

/// Deliveries that were made for a rule.
struct RuleHits {
  std::int64_t count = 0;
  WallTime last{};
};

/// An event name that was seen.
struct LearnedName {
  std::string name = {};
  std::int64_t seen = 0;  ///< events, ever
  WallTime last_seen{};
};

/// A field that events of a name have.
struct LearnedField {
  std::string eventname = {};
  std::string path = {};     ///< "other.items.0.name"
  std::string type = {};     ///< as engine::KnownField has it
  std::string example = {};  ///< JSON, "" = none
  std::string site = {};     ///< of the event that this is known from
  People people = {};        ///< whom that event is about
  WallTime time{};           ///< of that event; 0 = it is not kept any more

  /// What is left when its event is not kept any more.
  void forget_event() {
    example.clear();
    site.clear();
    people = {};
    time = {};
  }
};

/// An event that a site has sent to be looked at.
struct LearnedSample {
  std::int64_t number = 0;  ///< in the order in which they came, from 1
  EventPtr event = {};
  People people = {};
};

/// Of events before these times nothing is kept but paths and types of their fields.
struct KeptSince {
  WallTime examples{};  ///< by age, or because newer events are as many as are kept
  WallTime samples{};   ///< by age alone: they are few in any case
};

/// Changes of it, or all there is. Fields replace those of the same name and path.
struct Learned {
  struct FieldKey {
    std::string eventname;
    std::string path;
  };
  std::vector<LearnedName> names = {};
  std::vector<LearnedField> fields = {};
  std::vector<LearnedSample> samples = {};    ///< by number
  std::vector<FieldKey> dropped_fields = {};  ///< of changes; they come before `fields`
  std::vector<std::int64_t> dropped_samples = {};

  bool empty() const {
    return names.empty() && fields.empty() && samples.empty() && dropped_fields.empty() &&
           dropped_samples.empty();
  }
};

}  // namespace mih::core
