#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/delivery.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/store.hpp"

namespace mih::store::sqlite {

/// How long an event id is remembered.
inline constexpr std::chrono::hours kIdWindow{72};

/// State of an outcome row that a replay has taken the place of; beyond core::DeliveryState.
inline constexpr int kReplayed = 6;

/// The tables of the queue: event log, id window, outcomes, pending deliveries. Works inside of the
/// caller's transaction, keeps the ledger's backlog, pending rows and fresh deliveries right;
/// totals are the caller's.
class Queue {
 public:
  Queue(Connection& connection, Ledger& ledger);

  /// Gives an event its seq and keeps its id; false if that is known already.
  bool claim(core::Event& event, WallTime now);
  /// Appends the event that was claimed last.
  void append(const core::Event& event, std::span<const core::FanOut> fan_out);
  /// Appends the event of a replay and gives it its seq.
  struct Replay {
    core::DeadLetterId letter;
    core::EventSeq origin;
    bool as_sent = false;
  };
  void append_replay(core::Event& event, const core::FanOut& fan_out, const Replay& replay);
  /// Writes a new delivery to the pending table.
  void spill(core::DeliveryKey key, const core::FanOut& delivery);

  /// Writes an outcome; false if there is one already. For deliveries that were never open.
  bool add_outcome(const DeliveryUpdate& update, WallTime now);
  /// Gives a dead letter that has no response the one to its last attempt, before finish().
  void complete_letter(DeliveryUpdate& update);
  /// Ends an open delivery; false if it is not open.
  bool finish(const DeliveryUpdate& update, WallTime now);
  /// Notes that an open delivery waits; false if it is not open.
  bool wait(const DeliveryUpdate& update);
  /// A delivery that waits is due now.
  void bring_forward(core::ServiceId service, core::DeliveryKey key, WallTime now);
  /// The outcome row, if it is still there, is now that of a delivery that was replayed.
  void supersede(core::DeliveryKey key);

  /// Gives pending rows to the fresh deliveries of the oldest events, as long as `wanted` says so
  /// of the next one; at most `limit` events in one go. True if there may be more.
  bool force_oldest(const std::function<bool(core::EventSeq)>& wanted, std::size_t limit);
  /// At open: every open delivery gets a pending row. Ends with the low-water mark at the end.
  void recover();

  Window load(core::ServiceId service, std::optional<core::DeliveryKey> after, std::size_t limit);
  std::vector<core::Delivery> load_of_rule(core::ServiceId service, core::RuleId rule,
                                           core::DeliveryKey after, std::size_t limit);
  std::optional<core::Delivery> load_one(core::ServiceId service, core::DeliveryKey key);

 private:
  void insert_event(const core::Event& event, std::span<const core::FanOut> fan_out,
                    const std::optional<Replay>& replay);
  bool has_row(core::DeliveryKey key, core::ServiceId service);
  /// Adds pending rows for deliveries of an event that have no row; returns their number.
  std::uint32_t force(core::EventSeq event, std::span<const core::FanOut> fan_out);
  void read_deliveries(Rows& rows, std::size_t limit, std::vector<core::Delivery>& deliveries);

  Connection& connection_;
  Ledger& ledger_;
  std::string fan_out_bytes_;
  Statement insert_id_, expired_id_, forget_id_;
  Statement insert_event_, fan_out_of_, fan_outs_from_;
  Statement insert_outcome_, has_outcome_, supersede_;
  Statement insert_pending_, update_pending_, delete_pending_, response_to_, has_pending_;
  Statement load_tried_, load_new_, load_of_rule_, load_one_, bring_forward_;
};

}  // namespace mih::store::sqlite
