#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::ingest {

inline constexpr std::size_t kMaxBodyBytes = 16 << 20;
inline constexpr std::size_t kMaxEvents = 10'000;

enum class Format : std::uint8_t {
  kJson,             ///< one object or an array of objects
  kNdjson,           ///< one object a line; blank lines are skipped
  kCloudEvent,       ///< one CloudEvent
  kCloudEventBatch,  ///< an array of CloudEvents
};

/// Why one event was refused. `index` counts from 0 (NDJSON: without blank lines).
struct Rejected {
  std::size_t index = 0;
  std::string code;
  std::string error;
};

struct Answer {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::vector<Rejected> rejected;
};

/// A request that was read: what is to be committed, and what was refused.
struct Reading {
  std::vector<store::EventEntry> entries;
  std::vector<Rejected> rejected;
  std::vector<core::EventPtr> samples;  ///< match no rule and are not committed
};

/// Reads a posted body. Errors concern the request as a whole: kInvalidJson, kTooLarge.
Result<Reading> read_events(std::string_view body, Format format, std::string_view token_site,
                            Now now);

/// Decides the deliveries of events by the rules of `catalog`. Enqueued calls and what was imported
/// have theirs already.
/// Anonymous events keep their identities only if a rule that they match shows them.
void match(std::vector<store::EventEntry>& entries, const engine::Catalog& catalog);

/// An event that the hub itself makes.
struct Announcement {
  std::string body;       ///< JSON, as somebody would post it
  core::ServiceId about;  ///< no delivery of it goes to this service
};

/// The way of events into the hub: read, match, commit, answer.
class Intake {
 public:
  using CatalogSource = std::function<std::shared_ptr<const engine::Catalog>()>;
  using Done = std::move_only_function<void(Result<Answer>)>;
  /// Sees events that are about to be committed, and samples, on the thread that brings them.
  struct Observer {
    std::function<void(const std::vector<store::EventEntry>&)> events;
    std::function<void(core::EventPtr)> sample;
  };

  /// All references outlive the intake. May be used from any thread.
  Intake(store::Writer& writer, const Clock& clock, CatalogSource catalog, Observer observer);

  /// `done` is called when the events are durable, on the writer's thread, or at once with an
  /// error.
  void accept(std::string_view body, Format format, std::string_view token_site, Done done);
  /// A gateway call (service_call.hpp) becomes a delivery to the service. `done` is called when it
  /// is durable; a call whose id is known already is a duplicate.
  void enqueue(std::shared_ptr<core::Event> call, core::ServiceId service, Done done);
  /// Accepts events of the hub's own, those that a rule wants. `done` as in accept().
  void announce(const std::vector<Announcement>& announcements, Done done);

 private:
  void commit(Reading reading, std::uint64_t rules_version, Done done);

  store::Writer& writer_;
  const Clock& clock_;
  CatalogSource catalog_;
  Observer observer_;
};

}  // namespace mih::ingest
