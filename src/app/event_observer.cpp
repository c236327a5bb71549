#include "app/event_observer.hpp"

#include <utility>

#include "base/json.hpp"

namespace mih::app {
namespace {

constexpr std::int64_t kRecalled = 2'000;  ///< events

}  // namespace

Result<void> EventObserver::recall(store::Reader& reader) {
  auto learned = reader.learned();
  if (!learned) return fail(learned);
  auto events = reader.events({}, {kRecalled, 0});
  if (!events) return fail(events);
  json::Document document;
  const std::lock_guard lock(mutex_);
  library_.restore(std::move(*learned));
  for (auto event = events->rbegin(); event != events->rend(); ++event) {
    if (event->name.empty() || !document.parse(event->body)) continue;
    library_.learn(event->name, event->site, event->accepted, document.root());
  }
  return {};
}

core::Learned EventObserver::take_changes(const core::KeptSince& since) {
  const std::lock_guard lock(mutex_);
  library_.expire(since);
  return library_.take_changes();
}

void EventObserver::forget(const std::string& site, std::int64_t user) {
  const std::lock_guard lock(mutex_);
  library_.forget(site, user);
}

void EventObserver::see(const std::vector<store::EventEntry>& entries) {
  json::Document document;
  for (const auto& entry : entries) {
    const auto& event = *entry.event;
    bool learn = false;
    {
      const std::lock_guard lock(mutex_);
      learn = library_.count(event.name, event.accepted);
    }
    const bool may_change = engine::may_change_objects(event.body);
    if ((!learn && !may_change) || !document.parse(event.body)) continue;
    if (learn) {
      const std::lock_guard lock(mutex_);
      library_.learn(event.name, event.site, event.accepted, document.root());
    }
    if (!may_change) continue;
    if (const auto object = engine::changed_object(document.root())) changed_(event.site, *object);
  }
}

void EventObserver::take_sample(core::EventPtr sample) {
  const std::lock_guard lock(mutex_);
  library_.add_sample(std::move(sample));
}

std::vector<engine::KnownName> EventObserver::names() const {
  const std::lock_guard lock(mutex_);
  return library_.names();
}

std::vector<engine::KnownField> EventObserver::fields(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return library_.fields(name);
}

core::EventPtr EventObserver::sample(std::string_view pattern) const {
  const std::lock_guard lock(mutex_);
  return library_.sample(pattern);
}

}  // namespace mih::app
