#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/delivery.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// Finds deliveries and their state, which is in the outcome row, else in the pending row, else the
/// delivery is on its way ("fresh"). For one read transaction.
class DeliveryLookup {
 public:
  explicit DeliveryLookup(Connection& connection);

  /// Of one event, by ordinal; replayed ones as their latest replay.
  std::vector<DeliveryRow> of_event(core::EventSeq event);
  /// Newest first.
  std::vector<DeliveryRow> list(const DeliveryFilter& filter, Page page);
  /// The newest delivery with this id.
  std::optional<DeliveryRow> find(std::string_view id);

 private:
  struct EventFacts {
    core::EventSeq seq;
    std::string site;
    std::string id;
    std::string name;
    WallTime accepted{};
    std::vector<core::FanOut> fan_out;
  };
  /// What a list filters by, with the service's name resolved.
  struct Wanted {
    std::optional<std::vector<std::int64_t>> services;
    core::RuleId rule;
    std::optional<core::DeliveryState> state;
    core::DeliveryKey before;
    std::int64_t limit = 0;
  };

  std::optional<EventFacts> event(core::EventSeq seq);
  static EventFacts read_event(const Rows& rows);
  static DeliveryRow row_of(const EventFacts& event, std::uint32_t ordinal,
                            core::Progress progress);
  /// Empty when its outcome is that of a delivery that was replayed.
  std::optional<core::Progress> progress_of(core::DeliveryKey key, core::ServiceId service);
  bool is_fresh(core::DeliveryKey key, core::ServiceId service);
  std::optional<DeliveryRow> latest_replay(core::EventSeq origin, core::RuleId rule);

  void add_finished(const Wanted& wanted, std::vector<DeliveryRow>& rows);
  void add_waiting(const Wanted& wanted, std::vector<DeliveryRow>& rows);
  void add_fresh(const Wanted& wanted, std::vector<DeliveryRow>& rows);
  std::optional<DeliveryRow> find_tried(std::string_view id);
  void complete(DeliveryRow& row);

  Connection& connection_;
  Statement event_, events_below_, replays_, outcome_, pending_;
};

}  // namespace mih::store::sqlite
