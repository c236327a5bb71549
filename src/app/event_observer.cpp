#include "app/event_observer.hpp"

#include "base/json.hpp"

namespace mih::app {

void EventObserver::see(const std::vector<store::EventEntry>& entries) const {
  json::Document document;
  for (const auto& entry : entries) {
    const auto& event = *entry.event;
    if (!engine::may_change_objects(event.body) || !document.parse(event.body)) continue;
    if (const auto object = engine::changed_object(document.root())) changed_(event.site, *object);
  }
}

}  // namespace mih::app
