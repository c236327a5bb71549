#include "app/importer.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mih::app {
namespace {

std::string short_event_name(std::string_view eventname) {
  return std::string{eventname.substr(eventname.rfind('\\') + 1)};
}

/// All faults of a rule in one line.
std::string faults_of(const Error& error) {
  if (error.fields.size() < 2) return error.detail;
  std::string out;
  for (const auto& fault : error.fields) {
    if (!out.empty()) out += "; ";
    out += fault.line > 0 ? fmt::format("{}, line {}, column {}: {}", fault.field, fault.line,
                                        fault.column, fault.message)
                          : fmt::format("{}: {}", fault.field, fault.message);
  }
  return out;
}

}  // namespace

Importer::Importer(Registry& registry, store::Writer& writer, Now now, api::ImportRequest request)
    : registry_(registry),
      writer_(writer),
      now_(now),
      request_(std::move(request)),
      catalog_(registry.catalog()) {}

bool Importer::is_known(Kind kind, std::int64_t id, const std::string& name,
                        api::ImportedRows& rows) {
  if (!seen_.insert({kind, id}).second) {
    refuse(rows, name, fmt::format("id {} is there twice", id));
    return true;
  }
  if (!known_.contains({kind, id})) return false;
  ++rows.unchanged;
  return true;
}

void Importer::refuse(api::ImportedRows& rows, std::string name, std::string error) {
  rows.refused.push_back({std::move(name), std::move(error)});
}

void Importer::notice(const std::string& about, const std::vector<std::string>& notices) {
  for (const auto& text : notices)
    report_.notices.push_back(fmt::format("{}: {}", about, text));
}

Result<bool> Importer::take_configuration(store::Store& store, store::Reader& reader) {
  auto known = reader.imported(request_.site);
  if (!known) return fail(known);
  known_ = std::move(*known);
  auto aliases = reader.aliases();
  if (!aliases) return fail(aliases);
  aliases_ = std::move(*aliases);
  for (auto& row : request_.tables.refused) {
    auto& rows = row.kind == Kind::kService      ? report_.services
                 : row.kind == Kind::kRule       ? report_.rules
                 : row.kind == Kind::kDeadLetter ? report_.dead_letters
                                                 : report_.deliveries;
    refuse(rows, std::move(row.name), std::move(row.error));
  }
  report_.notices = std::move(request_.tables.notices);

  for (const auto& service : catalog_->services())
    taken_.insert(service->name);
  auto& services = request_.tables.services;
  // Those that keep their names come first, so that no other takes one of them.
  std::vector<engine::OriginalService*> renamed;
  for (auto& original : services) {
    if (original.name != original.service.name) {
      renamed.push_back(&original);
      continue;
    }
    taken_.insert(original.name);
    plan_service(original);
  }
  for (auto* original : renamed)
    plan_service(*original);
  for (auto& original : request_.tables.rules)
    plan_rule(original);
  if (request_.dry_run) return false;
  if (import_.services.empty() && import_.rules.empty()) return false;
  if (auto saved = store.import(import_, now_.wall); !saved) return fail(saved);
  registry_.put_import(import_, std::move(compiled_));
  remember_saved();
  return true;
}

void Importer::plan_service(engine::OriginalService& original) {
  auto& rows = report_.services;
  if (is_known(Kind::kService, original.id, original.name, rows)) {
    const auto here = service_of(original.id);
    if (here && here->name != original.name) rows.renamed.push_back({original.name, here->name});
    return;
  }
  const core::Origin origin{request_.site, Kind::kService, original.id};
  if (const auto here = catalog_->service(original.name)) {
    if (here->type != original.service.type || here->base_url != original.service.base_url) {
      refuse(rows, original.name,
             "a service of this name with another address is here already; rename one of them, "
             "then import again");
      return;
    }
    ++rows.unchanged;
    notice("service " + original.name, {"was here already and stays as it is"});
    import_.services.push_back({*here, origin, {}});
    services_[original.id] = here;
    return;
  }
  auto& service = original.service;
  std::string alias;
  if (service.name != original.name) {
    service.name = free_name(service.name);
    taken_.insert(service.name);
    alias = original.name;
    rows.renamed.push_back({original.name, service.name});
    if (aliases_.contains(alias)) {
      notice("service " + service.name,
             {fmt::format("calls of \"{}\" already go to another service;"
                          " they must use the new name",
                          alias)});
    }
  }
  ++rows.created;
  notice("service " + service.name, original.notices);
  report_.made.push_back("service " + service.name);
  services_[original.id] = std::make_shared<const core::Service>(service);
  import_.services.push_back({std::move(service), origin, std::move(alias)});
}

std::string Importer::free_name(const std::string& wanted) const {
  if (!taken_.contains(wanted)) return wanted;
  for (int n = 2;; ++n) {
    const auto suffix = fmt::format("-{}", n);
    auto name = wanted.substr(0, 255 - suffix.size()) + suffix;
    if (!taken_.contains(name)) return name;
  }
}

void Importer::tell_if_unusable(std::int64_t original) {
  const auto known = known_.find({Kind::kRule, original});
  if (known == known_.end()) return;
  const auto here = catalog_->rule(core::RuleId{known->second});
  if (!here || here->rule.enabled) return;
  const auto compiled = engine::compile_rule(here->rule);
  if (compiled) return;
  report_.rules.disabled.push_back({here->rule.id, here->rule.name, faults_of(compiled.error())});
}

void Importer::plan_rule(engine::OriginalRule& original) {
  auto& rows = report_.rules;
  const auto label = fmt::format("rule {}", original.id);
  if (is_known(Kind::kRule, original.id, label, rows)) {
    tell_if_unusable(original.id);
    return;
  }
  const auto service = service_of(original.service);
  if (!service) {
    refuse(rows, label, fmt::format("its service {} was not imported", original.service));
    return;
  }
  auto rule = std::move(original.rule);
  rule.service_name = service->name;
  rule.name =
      fmt::format("{} to {} ({})", short_event_name(rule.eventname), service->name, original.id)
          .substr(0, 255);
  RuleRef ref{.id = {}, .service = service->id, .enabled = rule.enabled, .why_not = {}};
  if (!rule.enabled) ref.why_not = "its rule was disabled, and the original would have dropped it";
  if (!service->enabled && ref.enabled) {
    ref.enabled = false;
    ref.why_not = "its service was disabled, and the original would have dropped it";
  }
  auto compiled = engine::compile_rule(rule);
  if (!compiled) {
    // The text stays in the rule, where it can be mended.
    rule.enabled = false;
    ref.enabled = false;
    ref.why_not = "its rule cannot be used yet; change and enable the rule, then import again";
    rows.disabled.push_back({{}, rule.name, faults_of(compiled.error())});
    compiled = engine::CompiledRule{};
    compiled->rule = rule;
  }
  ++rows.created;
  notice(rule.name, original.notices);
  rules_[original.id] = std::move(ref);
  import_.rules.push_back({compiled->rule, {request_.site, Kind::kRule, original.id}});
  compiled_.push_back(std::move(*compiled));
}

void Importer::remember_saved() {
  catalog_ = registry_.catalog();
  for (const auto& saved : import_.services)
    services_[saved.origin.id] = catalog_->service(saved.service.id);
  for (const auto& saved : import_.rules) {
    auto& ref = rules_[saved.origin.id];
    ref.id = saved.rule.id;
    ref.service = saved.rule.service;
    report_.made.push_back(fmt::format("rule {} ({})", saved.rule.id.value, saved.rule.name));
    for (auto& disabled : report_.rules.disabled)
      if (disabled.name == saved.rule.name) disabled.id = saved.rule.id;
  }
}

Importer::ServicePtr Importer::service_of(std::int64_t original) const {
  if (const auto found = services_.find(original); found != services_.end()) return found->second;
  const auto before = known_.find({Kind::kService, original});
  if (before == known_.end()) return nullptr;
  return catalog_->service(core::ServiceId{before->second});
}

std::optional<Importer::RuleRef> Importer::rule_of(std::int64_t original) const {
  if (const auto found = rules_.find(original); found != rules_.end()) return found->second;
  const auto before = known_.find({Kind::kRule, original});
  if (before == known_.end()) return std::nullopt;
  const auto compiled = catalog_->rule(core::RuleId{before->second});
  if (!compiled) return std::nullopt;
  const auto& rule = compiled->rule;
  return RuleRef{.id = rule.id,
                 .service = rule.service,
                 .enabled = rule.enabled && rule.service,
                 .why_not = "its rule is disabled; enable it, then import again"};
}

}  // namespace mih::app
