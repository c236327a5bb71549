#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/event.hpp"
#include "core/learned.hpp"

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
  std::int64_t seen = 0;  ///< events, ever
  WallTime last_seen{};
  std::size_t samples = 0;
};

/// What passes through of each event name: how many events, which fields, and the samples that
/// sites have sent. Bounded; what does not fit is not learnt. It says what has changed, for the
/// store: names, and what is new of fields and samples. A further example of a field that is known
/// is nothing new, unless the store has let go of the one it had.
class EventLibrary {
 public:
  static constexpr std::size_t kMostNames = 2'000;
  static constexpr std::size_t kMostFields = 200;  ///< of a name
  static constexpr std::size_t kMostMembers = 50;  ///< of an object that are looked at
  static constexpr std::size_t kMostDepth = 6;
  static constexpr std::size_t kMostExample = 120;  ///< bytes
  static constexpr std::size_t kMostSamples = 5;    ///< of a name
  static constexpr std::size_t kMostSampleBytes = 16 << 20;
  static constexpr std::size_t kMostExpired = 5'000;  ///< fields that expire() looks at

  /// Counts an event. True: learn() from it; for the first of a name, then for some.
  bool count(std::string_view name, WallTime time);
  void learn(std::string_view name, const std::string& site, WallTime time,
             const json::Value& event);
  /// Takes a sample; the oldest of the name goes when there are more than enough.
  void add_sample(core::EventPtr sample);
  /// Drops samples and fields that are known from events about a person. What is left has a newer
  /// source than the store may have of it, and is new again.
  void forget(const std::string& site, std::int64_t user);
  /// Drops what is not kept any more, as the store does by itself: samples, and of fields all but
  /// path and type. Each call looks at some names and the next one goes on behind them.
  void expire(const core::KeptSince& since);

  /// Takes what an earlier one has learned, into an empty library.
  void restore(core::Learned learned);
  /// What has changed since the last call.
  core::Learned take_changes();

  /// In the order of the names.
  std::vector<KnownName> names() const;
  /// In the order of the paths.
  std::vector<KnownField> fields(std::string_view name) const;
  /// The newest whose name the pattern allows; null when there is none.
  core::EventPtr sample(std::string_view pattern) const;

 private:
  /// Whose event something is known from.
  struct Source {
    std::string site;
    core::People people;
    WallTime time{};  ///< 0 = the event is not kept any more
  };
  using SourcePtr = std::shared_ptr<const Source>;
  struct Field {
    std::string type;
    std::string example;
    SourcePtr source;
    bool is_new = true;     ///< the store has not been told of it
    bool is_newer = false;  ///< than what the store has been told
    WallTime told{};        ///< time of the event that the store has been told of
  };
  struct Entry {
    std::int64_t seen = 0;
    WallTime last_seen{};
    std::map<std::string, Field, std::less<>> fields;
    std::deque<core::LearnedSample> samples;
    bool changed = false;     ///< is in changed_
    bool has_new = false;     ///< fields
    bool learn_next = false;  ///< something of it was forgotten
  };

  Entry* entry(std::string_view name);
  void change(std::string_view name, Entry& entry);
  void expire_fields(std::string_view name, Entry& entry, WallTime since);
  static void walk(Entry& entry, const std::string& path, const json::Value& value,
                   std::size_t depth, const SourcePtr& source);
  static void note(Entry& entry, const std::string& path, const json::Value& value,
                   const SourcePtr& source);
  void keep(core::LearnedSample sample);
  void drop_oldest(Entry& entry);
  void dropped(const core::LearnedSample& sample);

  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::int64_t, std::string> sampled_;  ///< names by the numbers of their samples
  std::int64_t last_sample_ = 0;
  std::size_t sample_bytes_ = 0;
  std::vector<std::string> changed_;  ///< names
  std::string expired_;               ///< the name that expire() looked at last
  core::Learned changes_;             ///< samples, and what was dropped
};

}  // namespace mih::engine
