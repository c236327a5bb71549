#pragma once

#include <vector>

#include "api/hub.hpp"
#include "base/error.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"

/// The state of a delivery as people see it. The store knows what is finished and what was tried;
/// that a delivery is being sent, or is parked because its lane stands still, follows from the
/// lane.
namespace mih::api {

struct Standing {
  const engine::Catalog& catalog;
  const Lanes& lanes;
};

/// Turns pending and retrying into sending or parked where the lane says so.
void show_state(store::DeliveryRow& row, const Standing& standing);

/// A page of deliveries in the state that the filter names, as show_state() tells it.
Result<std::vector<store::DeliveryRow>> find_deliveries(store::Reader& reader,
                                                        const store::DeliveryFilter& filter,
                                                        store::Page page, const Standing& standing);

}  // namespace mih::api
