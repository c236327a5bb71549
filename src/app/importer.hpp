#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/hub.hpp"
#include "app/registry.hpp"
#include "base/time.hpp"
#include "engine/catalog.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace mih::app {

/// One import of the original plugin's tables: decides what becomes of each row, saves services and
/// rules together, then commits dead letters and queued events. Used on the writer's thread, once.
class Importer {
 public:
  Importer(Registry& registry, store::Writer& writer, Now now, api::ImportRequest request);

  /// Reads what was imported before, decides about services and rules, and saves them unless it is
  /// a dry run. True when something was saved.
  Result<bool> take_configuration(store::Store& store, store::Reader& reader);
  /// Decides about dead letters and queued events and hands them to the writer; `answer` gets the
  /// report. To be called after what was saved is in force.
  void take_events(api::Answer<api::ImportReport> answer);

 private:
  using Kind = core::ImportKind;
  using ServicePtr = std::shared_ptr<const core::Service>;
  struct RuleRef {
    core::RuleId id;
    core::ServiceId service;
    bool enabled = false;
    std::string why_not;  ///< for people, when it is not enabled
  };

  /// Whether the row was taken over before, or is in this import twice; counts it then.
  bool is_known(Kind kind, std::int64_t id, const std::string& name, api::ImportedRows& rows);
  void refuse(api::ImportedRows& rows, std::string name, std::string error);
  void notice(const std::string& about, const std::vector<std::string>& notices);

  void plan_service(engine::OriginalService& original);
  std::string free_name(const std::string& wanted) const;
  void plan_rule(engine::OriginalRule& original);
  /// Names a rule that came over earlier and still cannot be used.
  void tell_if_unusable(std::int64_t original);
  void remember_saved();

  /// Null when it was not taken over.
  ServicePtr service_of(std::int64_t original) const;
  std::optional<RuleRef> rule_of(std::int64_t original) const;
  void plan_letter(const engine::OriginalLetter& original);
  core::ServiceCall call_of(const engine::OriginalLetter& original, const core::Service& service);
  void plan_task(const engine::OriginalTask& original);
  void add_event(Kind kind, std::int64_t id, store::EventEntry entry,
                 std::shared_ptr<core::DeadLetter> letter);

  Registry& registry_;
  store::Writer& writer_;
  Now now_;
  api::ImportRequest request_;
  api::ImportReport report_;
  std::shared_ptr<const engine::Catalog> catalog_;
  store::Imported known_;
  store::ServiceAliases aliases_;
  std::set<std::pair<Kind, std::int64_t>> seen_;
  std::set<std::string> taken_;  ///< names of services, here and in this import
  store::Import import_;
  std::vector<engine::CompiledRule> compiled_;
  std::map<std::int64_t, ServicePtr> services_;  ///< of this import, by id there
  std::map<std::int64_t, RuleRef> rules_;        ///< likewise
  std::vector<store::EventEntry> events_;
};

}  // namespace mih::app
