#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/event.hpp"

namespace mih::engine {

/// A field that events of a name have.
struct KnownField {
  std::string path;     ///< "other.items.0.name"
  std::string type;     ///< "integer", "number", "string", "boolean", "null", "array", "object";
                        ///< several, joined by "|", where events differ
  std::string example;  ///< JSON of the last value that was no null; personal data
};

/// What has been learnt of a name.
struct KnownName {
  std::string name;
  std::int64_t seen = 0;  ///< events since the start of this process
  WallTime last_seen{};
  std::size_t samples = 0;
};

/// What passes through of each event name: how many events, which fields, and the samples that
/// sites have sent. In memory and bounded; what does not fit is not learnt.
class EventLibrary {
 public:
  static constexpr std::size_t kMostNames = 2'000;
  static constexpr std::size_t kMostFields = 200;  ///< of a name
  static constexpr std::size_t kMostMembers = 50;  ///< of an object that are looked at
  static constexpr std::size_t kMostDepth = 6;
  static constexpr std::size_t kMostExample = 120;  ///< bytes
  static constexpr std::size_t kMostSamples = 5;    ///< of a name
  static constexpr std::size_t kMostSampleBytes = 16 << 20;

  /// Counts an event. True: learn() from it; for the first of a name, then for some.
  bool count(std::string_view name, WallTime time);
  void learn(std::string_view name, const json::Value& event);
  /// Takes a sample; the oldest of the name goes when there are more than enough.
  void add_sample(core::EventPtr sample);

  /// In the order of the names.
  std::vector<KnownName> names() const;
  /// In the order of the paths.
  std::vector<KnownField> fields(std::string_view name) const;
  /// The newest whose name the pattern allows; null when there is none.
  core::EventPtr sample(std::string_view pattern) const;

 private:
  struct Field {
    std::string type;
    std::string example;
  };
  struct Entry {
    std::int64_t seen = 0;
    WallTime last_seen{};
    std::map<std::string, Field, std::less<>> fields;
    std::deque<core::EventPtr> samples;
  };

  Entry* entry(std::string_view name);
  static void walk(Entry& entry, const std::string& path, const json::Value& value,
                   std::size_t depth);
  static void note(Entry& entry, const std::string& path, const json::Value& value);
  void drop_sample(Entry& entry);

  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::string> sampled_;  ///< names, the oldest sample first
  std::size_t sample_bytes_ = 0;
};

}  // namespace mih::engine
