#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>

#include "api/body.hpp"
#include "api/dry_run.hpp"
#include "api/etag.hpp"
#include "api/event_classes.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"

namespace mih::api {
namespace {

using Flags = std::map<core::RuleId, WallTime>;

std::optional<WallTime> flag_of(const Flags& flags, core::RuleId rule) {
  const auto found = flags.find(rule);
  return found == flags.end() ? std::nullopt : std::optional{found->second};
}

async::Task<Result<Flags>> read_flags(Call& call) {
  return call.read([](store::Reader& reader) { return reader.flagged_rules(); });
}

using Hits = std::map<core::RuleId, core::RuleHits>;

async::Task<Result<Hits>> read_hits(Call& call) {
  return call.read([](store::Reader& reader) { return reader.rule_hits(); });
}

/// The rule as the caller may see it: a header that says who the hub is, is for who may manage.
core::Rule shown_to(const Caller& caller, core::Rule rule) {
  if (caller.may_manage()) return rule;
  for (auto& [name, value] : rule.headers) {
    if (!value.contains("{{")) value = core::kMask;
  }
  return rule;
}

/// A rule that was just saved has no flag.
async::Task<Response> show_rule(Call& call, core::Rule rule, const Hits& hits, const Flags& flags,
                                int status = 200) {
  const auto doubt = co_await doubt_about(call, rule.eventname);
  json::Writer out;
  const auto found = hits.find(rule.id);
  write_rule(out, shown_to(call.caller, rule), flag_of(flags, rule.id),
             call.api.hub.sites().capture_state(rule),
             found == hits.end() ? core::RuleHits{} : found->second, doubt);
  co_return tagged(out.take(), rule_settings(rule), status);
}

async::Task<Result<core::Rule>> save_rule(Call& call, engine::CompiledRule rule) {
  return call.ask<core::Rule>([&hub = call.api.hub, rule = std::move(rule)](auto answer) mutable {
    hub.save_rule(std::move(rule), std::move(answer));
  });
}

Result<std::shared_ptr<const engine::CompiledRule>> named_rule(const Call& call) {
  const auto id = path_number(call.parameter(0));
  if (!id) return std::unexpected(id.error());
  return find_rule(call, core::RuleId{*id});
}

HandlerTask change_rule(Call& call, core::Write mode) {
  auto dry_run = is_dry_run(call);
  if (!dry_run) co_return fail(dry_run);
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  const auto lock = co_await call.api.changes.lock();
  auto current = named_rule(call);
  if (!current) co_return fail(current);
  auto unchanged = check_if_match(call.request, rule_settings((*current)->rule));
  if (!unchanged) co_return fail(unchanged);
  auto compiled = read_rule(call, document->root(), mode, (*current)->rule);
  if (!compiled) co_return fail(compiled);
  if (*dry_run) co_return would_change(core::rule_fields(), (*current)->rule, compiled->rule);
  auto saved = co_await save_rule(call, std::move(*compiled));
  if (!saved) co_return fail(saved);
  auto hits = co_await read_hits(call);
  if (!hits) co_return fail(hits);
  const Flags none;
  auto response = co_await show_rule(call, *saved, *hits, none);
  co_return response;
}

}  // namespace

Result<std::int64_t> path_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc{} && end == text.data() + text.size() && number > 0) return number;
  return fail(ErrorCode::kNotFound, fmt::format("There is no entry '{}'; ids are numbers.", text));
}

Result<std::shared_ptr<const engine::CompiledRule>> find_rule(const Call& call, core::RuleId id) {
  auto rule = call.api.hub.catalog()->rule(id);
  if (rule) return rule;
  return fail(ErrorCode::kNotFound, fmt::format("There is no rule {}.", id.value));
}

Result<engine::CompiledRule> read_rule(const Call& call, const json::Value& body, core::Write mode,
                                       core::Rule rule) {
  const auto old_service = rule.service_name;
  auto read = core::read_fields(body, core::rule_fields(), mode, rule, rule_extras());
  if (!read) {
    const bool filter_alone = !read.error().fields.empty() &&
                              std::ranges::all_of(read.error().fields, [](const auto& fault) {
                                return fault.field == "filter";
                              });
    if (filter_alone) read.error().code = ErrorCode::kFilterInvalid;
    return fail(read);
  }
  if (const auto service = call.api.hub.catalog()->service(rule.service_name)) {
    rule.service = service->id;
  }
  const bool lacks_service = !call.api.hub.catalog()->service(rule.service_name) &&
                             (rule.enabled || rule.service_name != old_service);
  auto compiled = engine::compile_rule(std::move(rule));
  if (compiled && lacks_service) {
    return invalid("service", fmt::format("there is no service '{}'", compiled->rule.service_name));
  }
  return compiled;
}

HandlerTask list_rules(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  const auto service = query.text("service");
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto rules = call.api.hub.catalog()->rules();
  std::ranges::reverse(rules);
  std::erase_if(rules, [&](const auto& compiled) {
    const auto& rule = compiled->rule;
    return (page.before > 0 && rule.id.value >= page.before) ||
           (!service.empty() && rule.service_name != service);
  });
  auto flags = co_await read_flags(call);
  if (!flags) co_return fail(flags);
  auto hits = co_await read_hits(call);
  if (!hits) co_return fail(hits);
  co_return Response::json(page_body(
      rules, page, [](const auto& compiled) { return compiled->rule.id.value; },
      [&](json::Writer& out, const auto& compiled) {
        write_rule(out, shown_to(call.caller, compiled->rule), flag_of(*flags, compiled->rule.id),
                   call.api.hub.sites().capture_state(compiled->rule), (*hits)[compiled->rule.id]);
      }));
}

HandlerTask create_rule(Call& call) {
  auto dry_run = is_dry_run(call);
  if (!dry_run) co_return fail(dry_run);
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  const auto lock = co_await call.api.changes.lock();
  auto compiled = read_rule(call, document->root(), core::Write::kReplace, {});
  if (!compiled) co_return fail(compiled);
  if (*dry_run) co_return would_change(core::rule_fields(), core::Rule{}, compiled->rule);
  auto saved = co_await save_rule(call, std::move(*compiled));
  if (!saved) co_return fail(saved);
  const Hits hits;
  const Flags flags;
  auto response = co_await show_rule(call, *saved, hits, flags, 201);
  response.headers.emplace_back("Location", fmt::format("/api/v1/rules/{}", saved->id.value));
  co_return response;
}

HandlerTask get_rule(Call& call) {
  auto rule = named_rule(call);
  if (!rule) co_return fail(rule);
  auto flags = co_await read_flags(call);
  if (!flags) co_return fail(flags);
  auto hits = co_await read_hits(call);
  if (!hits) co_return fail(hits);
  auto response = co_await show_rule(call, (*rule)->rule, *hits, *flags);
  co_return response;
}

HandlerTask replace_rule(Call& call) {
  return change_rule(call, core::Write::kReplace);
}

HandlerTask patch_rule(Call& call) {
  return change_rule(call, core::Write::kPatch);
}

HandlerTask delete_rule(Call& call) {
  const auto lock = co_await call.api.changes.lock();
  auto rule = named_rule(call);
  if (!rule) co_return fail(rule);
  auto unchanged = check_if_match(call.request, rule_settings((*rule)->rule));
  if (!unchanged) co_return fail(unchanged);
  auto removed = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.remove_rule((*rule)->rule.id, std::move(answer)); });
  if (!removed) co_return fail(removed);
  co_return Response::empty();
}

}  // namespace mih::api
