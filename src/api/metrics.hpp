#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/hub.hpp"
#include "core/statistics.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"

namespace mih::api {

/// Everything that /metrics shows, at one moment.
struct MetricsSource {
  core::Totals totals;
  std::map<core::ServiceId, store::ServiceStatistics> statistics;
  std::map<std::string, store::DeadLetterFigures> dead_letters;  ///< by name of the service
  std::map<core::ServiceId, store::InboundFigures> inbound;
  std::vector<core::Alert> alerts;
  std::unordered_map<core::ServiceId, LaneStatus> lanes;
  Measurements measurements;
};

/// The Prometheus text format, version 0.0.4.
std::string metrics_text(const MetricsSource& source, const engine::Catalog& catalog);

}  // namespace mih::api
