#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "bench/generator.hpp"
#include "bench/hub_api.hpp"
#include "bench/hub_process.hpp"
#include "bench/receiver.hpp"
#include "bench/scratch_dir.hpp"
#include "bench/stop_signal.hpp"

namespace mih::bench {

/// Says on standard error what a measurement is doing.
void tell(const std::string& text);

/// The place of a measurement: a fresh hub with default settings as a child process, a receiver, a
/// token. Start it from a thread that outlives it: the hub ends with that thread.
class Rig {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Rig>> build(const std::filesystem::path& parent,
                                                          StopSignal& stop);

  /// Waits; fails when a signal asks to stop.
  [[nodiscard]] Result<void> wait_for(std::chrono::nanoseconds time);

  /// Fills the hub's id window with events that match no rule.
  [[nodiscard]] Result<void> preload(std::int64_t ids);
  /// One service at the receiver and `rules` rules, of which `matching` match every event.
  /// `concurrency` 0 = the service's default.
  [[nodiscard]] Result<void> add_rules(int rules, int matching, int concurrency);

  Generator::Options generator_options() const;
  HubProcess& hub() { return *hub_; }
  HubApi& api() { return api_; }
  Receiver& receiver() { return *receiver_; }
  const std::filesystem::path& data_dir() const { return directory_.path(); }
  /// Of the matching rules.
  const std::vector<core::RuleId>& rule_ids() const { return rule_ids_; }

 private:
  Rig(StopSignal& stop, ScratchDir directory, std::unique_ptr<Receiver> receiver,
      std::unique_ptr<HubProcess> hub)
      : stop_(stop),
        directory_(std::move(directory)),
        receiver_(std::move(receiver)),
        hub_(std::move(hub)),
        api_(hub_->admin()) {}

  StopSignal& stop_;
  ScratchDir directory_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<HubProcess> hub_;
  HubApi api_;
  std::string token_;
  std::vector<core::RuleId> rule_ids_;
};

/// Where data directories go unless told otherwise: on disk, not in memory.
std::filesystem::path default_parent();

}  // namespace mih::bench
