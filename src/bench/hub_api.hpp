#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "bench/generator.hpp"
#include "bench/http_client.hpp"
#include "bench/ledger.hpp"
#include "core/ids.hpp"

namespace mih::bench {

/// The hub's own counts, from GET /stats/summary.
struct HubCounts {
  std::int64_t accepted = 0;
  std::int64_t created = 0;
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  std::int64_t open = 0;
  bool add_up() const { return created == delivered + dead + open; }
};

/// A service's circuit, from GET /services/{name}.
struct CircuitView {
  std::string state;
  std::int64_t failure_count = 0;
};

/// What demonstration and measurement do over the HTTP API, as a user would.
class HubApi {
 public:
  explicit HubApi(HttpClient client) : client_(std::move(client)) {}

  /// `service` and `rule` are JSON objects with the fields of the interface.
  [[nodiscard]] Result<void> add_service(std::string_view service);
  [[nodiscard]] Result<core::RuleId> add_rule(std::string_view rule);
  /// A token for posting events.
  [[nodiscard]] Result<std::string> make_ingest_token();
  [[nodiscard]] Result<HubCounts> counts();
  [[nodiscard]] Result<CircuitView> circuit(std::string_view service);

 private:
  HttpClient client_;
};

/// Enters the deliveries that `rules` make of acknowledged events.
void expect_deliveries(Ledger& ledger, std::span<const Acknowledged> acknowledged,
                       std::span<const core::RuleId> rules);

/// A payload template with ten placeholders, typical of what rules send.
std::string_view ten_placeholder_template();

}  // namespace mih::bench
