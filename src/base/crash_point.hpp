#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"

/// Named places where the process can be made to end at once, as by `kill -9`, so that tests show
/// what a crash right there leaves behind: MIH_CRASH_AT=NAME or NAME:PASS, for instance
/// `in_outcome_commit:3`. Without the variable a place costs one predictable branch.
namespace mih {

enum class CrashPoint : std::uint8_t {
  kNone,
  // A start.
  kInMigration,
  kSecretsSealed,
  kStoreMade,
  kStoreNamed,
  kInRecovery,
  kWindowLoaded,
  // The way of an event.
  kIntakeTaken,
  kInIntakeCommit,
  kCommitted,
  kIntakeCommitted,
  kDispatched,
  kAnswered,
  kBeforeSend,
  kRequestUnderWay,
  kReplyArrived,
  kReplyDecided,
  kInOutcomeCommit,
  kOutcomeCommitted,
  kInCircuitCommit,
  kCircuitCommitted,
  // The way of an inbound message.
  kInInboundCommit,
  kInboundCommitted,
  kHandedOver,
  kInHandOverCommit,
  // What people do.
  kServiceSaved,
  kServiceRemoved,
  kRuleRemoved,
  kJobStarted,
  kInReplay,
  kJobStepCommitted,
  kInDeadLetterRemoval,
  kKeyAdded,
  kKeyChanged,
  kInImport,
  kImportSaved,
  kInErasure,
  kErasureCleaned,
  // Maintenance and the end.
  kInPrune,
  kInJournalWrite,
  kBeforeCheckpoint,
  kAfterCheckpoint,
  kStopping,
  kBeforeLastFlush,
};

struct NamedCrashPoint {
  CrashPoint point;
  std::string_view name;
};

inline constexpr auto kCrashPoints = std::to_array<NamedCrashPoint>({
    {CrashPoint::kInMigration, "in_migration"},
    {CrashPoint::kSecretsSealed, "secrets_sealed"},
    {CrashPoint::kStoreMade, "store_made"},
    {CrashPoint::kStoreNamed, "store_named"},
    {CrashPoint::kInRecovery, "in_recovery"},
    {CrashPoint::kWindowLoaded, "window_loaded"},
    {CrashPoint::kIntakeTaken, "intake_taken"},
    {CrashPoint::kInIntakeCommit, "in_intake_commit"},
    {CrashPoint::kCommitted, "committed"},
    {CrashPoint::kIntakeCommitted, "intake_committed"},
    {CrashPoint::kDispatched, "dispatched"},
    {CrashPoint::kAnswered, "answered"},
    {CrashPoint::kBeforeSend, "before_send"},
    {CrashPoint::kRequestUnderWay, "request_under_way"},
    {CrashPoint::kReplyArrived, "reply_arrived"},
    {CrashPoint::kReplyDecided, "reply_decided"},
    {CrashPoint::kInOutcomeCommit, "in_outcome_commit"},
    {CrashPoint::kOutcomeCommitted, "outcome_committed"},
    {CrashPoint::kInCircuitCommit, "in_circuit_commit"},
    {CrashPoint::kCircuitCommitted, "circuit_committed"},
    {CrashPoint::kInInboundCommit, "in_inbound_commit"},
    {CrashPoint::kInboundCommitted, "inbound_committed"},
    {CrashPoint::kHandedOver, "handed_over"},
    {CrashPoint::kInHandOverCommit, "in_hand_over_commit"},
    {CrashPoint::kServiceSaved, "service_saved"},
    {CrashPoint::kServiceRemoved, "service_removed"},
    {CrashPoint::kRuleRemoved, "rule_removed"},
    {CrashPoint::kJobStarted, "job_started"},
    {CrashPoint::kInReplay, "in_replay"},
    {CrashPoint::kJobStepCommitted, "job_step_committed"},
    {CrashPoint::kInDeadLetterRemoval, "in_dead_letter_removal"},
    {CrashPoint::kKeyAdded, "key_added"},
    {CrashPoint::kKeyChanged, "key_changed"},
    {CrashPoint::kInImport, "in_import"},
    {CrashPoint::kImportSaved, "import_saved"},
    {CrashPoint::kInErasure, "in_erasure"},
    {CrashPoint::kErasureCleaned, "erasure_cleaned"},
    {CrashPoint::kInPrune, "in_prune"},
    {CrashPoint::kInJournalWrite, "in_journal_write"},
    {CrashPoint::kBeforeCheckpoint, "before_checkpoint"},
    {CrashPoint::kAfterCheckpoint, "after_checkpoint"},
    {CrashPoint::kStopping, "stopping"},
    {CrashPoint::kBeforeLastFlush, "before_last_flush"},
});

/// Written by arm_crash_point() alone.
inline constinit CrashPoint armed_crash_point = CrashPoint::kNone;

/// Takes the value of MIH_CRASH_AT; call it before any thread is started. kConfigInvalid.
Result<void> arm_crash_point(std::string_view name_and_pass);

/// The process ends here at the pass that was asked for.
void pass_armed_crash_point();

inline void crash_point(CrashPoint point) {
  if (point == armed_crash_point) [[unlikely]]
    pass_armed_crash_point();
}

}  // namespace mih
