#include <utility>

#include "delivery/lane.hpp"

/// People and courses that the templates of a lane's rules speak of: who waits for what.
namespace mih::delivery {

bool Lane::enrich(Item& item, const Context& context) {
  if (!item.rule || item.rule->needs.none() || item.delivery.as_sent) return true;
  const auto& event = *item.delivery.event;
  if (!item.enrichment) {
    if (!context.scratch.parse(event.body)) return true;
    item.enrichment = std::make_unique<ItemEnrichment>();
    item.enrichment->references = engine::references_of(event.name, context.scratch.root());
  }
  const auto now = context.now.steady;
  bool complete = true;
  for (std::size_t i = 0; i < engine::kEnrichedCount; ++i) {
    const auto& object = item.enrichment->references[i].object;
    auto& found = item.enrichment->found[i];
    if (!object || !item.rule->needs[i] || (found && found->is_good(now))) continue;
    found = context.enricher.find(event.site, *object, now);
    if (found) continue;
    complete = false;
    context.enricher.want(event.site, *object, {service_, item.delivery.key});
  }
  return complete;
}

void Lane::on_enriched(core::DeliveryKey key, const Context& context) {
  Item* item = queue_.find(key);
  if (!item || item->stage != Stage::kEnriching) return;
  if (enrich(*item, context)) queue_.wait(*item, item->due);
}

void Lane::on_not_enriched(core::DeliveryKey key, const std::string& why, const Context& context) {
  Item* item = queue_.find(key);
  if (!item || item->stage != Stage::kEnriching) return;
  bury(*item, core::DeadReason::kTemplate,
       "The site cannot be asked for people and courses: " + why, nullptr, context);
}

void Lane::on_rules_changed(const Context& context) {
  drop_orphans(context);
  std::vector<Item*> waiting;
  queue_.each([&](Item& item) {
    if (item.stage == Stage::kEnriching) waiting.push_back(&item);
  });
  for (Item* item : waiting) {
    item->rule = context.catalog.rule(item->delivery.rule);
    if (enrich(*item, context)) queue_.wait(*item, item->due);
  }
}

std::vector<core::DeliveryKey> Lane::enriching() const {
  std::vector<core::DeliveryKey> keys;
  keys.reserve(queue_.enriching());
  if (queue_.enriching() == 0) return keys;
  queue_.each([&](const Item& item) {
    if (item.stage == Stage::kEnriching) keys.push_back(item.delivery.key);
  });
  return keys;
}

}  // namespace mih::delivery
