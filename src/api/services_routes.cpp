#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unordered_map>

#include "api/body.hpp"
#include "api/dry_run.hpp"
#include "api/etag.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/service_calls.hpp"
#include "core/amqp_address.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"
#include "engine/classify.hpp"
#include "engine/soap_headers.hpp"

namespace mih::api {
namespace {

using Statistics = std::map<core::ServiceId, store::ServiceStatistics>;
/// The service as somebody may see it who may not manage: its headers and the query of its address
/// often say who the hub is.
core::Service without_headers(core::Service service) {
  for (auto& [name, value] : service.headers)
    value = core::kMask;
  if (!service.soap_headers.empty()) service.soap_headers = core::kMask;
  if (service.type != core::ServiceType::kAmqp) {
    service.base_url = core::with_masked_query(service.base_url);
  }
  return service;
}

struct Figures {
  Statistics statistics;
  Lanes lanes;
  std::map<core::ServiceId, std::vector<std::string>> aliases;
  Privacy privacy = Privacy::kRedacted;

  void write(json::Writer& out, const core::Service& service) const {
    const auto counted = statistics.find(service.id);
    const auto lane = lanes.find(service.id);
    const auto named = aliases.find(service.id);
    write_service(out, privacy == Privacy::kFull ? service : without_headers(service),
                  named == aliases.end() ? std::span<const std::string>{} : named->second,
                  counted == statistics.end() ? store::ServiceStatistics{} : counted->second,
                  lane == lanes.end() ? LaneStatus{} : lane->second);
  }
};

async::Task<Result<Figures>> read_figures(Call& call) {
  auto statistics = co_await call.read(
      [now = call.now().wall](store::Reader& reader) { return reader.statistics(now); });
  if (!statistics) co_return fail(statistics);
  auto lanes =
      co_await call.ask<Lanes>([&](auto answer) { call.api.hub.lane_status(std::move(answer)); });
  if (!lanes) co_return fail(lanes);
  Figures figures{std::move(*statistics), std::move(*lanes), {}, privacy_for(call.caller)};
  for (auto& [alias, service] : call.api.hub.service_aliases())
    figures.aliases[service].push_back(alias);
  co_return figures;
}

Result<void> check_outcomes(const char* field, const std::vector<std::string>& outcomes) {
  for (const auto& outcome : outcomes) {
    if (engine::is_outcome(outcome)) continue;
    return invalid(field, fmt::format("'{}' is no outcome: give a status (409), a class of them "
                                      "(5xx), refused, dns, tls, reset or timeout",
                                      outcome));
  }
  return {};
}

/// Takes the body's fields into the service and checks what concerns several of them.
Result<void> read_service(const Request& request, core::Write mode, core::Service& service) {
  auto document = parse_body(request);
  if (!document) return fail(document);
  const auto body = document->root();
  auto read = core::read_fields(body, core::service_fields(), mode, service, service_extras());
  if (!read) return read;
  if (service.type == core::ServiceType::kAmqp && mode == core::Write::kReplace &&
      !body.find("max_concurrency")) {
    service.max_concurrency = core::kAmqpConcurrency;
  }
  if (!core::is_service_name(service.name)) {
    return invalid("name",
                   "must start with a letter or digit and have only letters, digits, dot, "
                   "underscore and hyphen, at most 255");
  }
  if (auto fault = core::fault_of_base_url(service); !fault.empty()) {
    return invalid("base_url", fault);
  }
  if (service.auth_type == core::AuthType::kApikey && service.apikey_header.empty()) {
    return invalid("apikey_header", "auth_type apikey needs the name of a header, as in X-API-Key");
  }
  auto outcomes = check_outcomes("retry_on", service.retry_on);
  if (outcomes) outcomes = check_outcomes("reject_on", service.reject_on);
  if (!outcomes) return outcomes;
  return engine::check_soap_headers(service.soap_headers);
}

Result<void> check_name_is_free(const Call& call, const core::Service& service) {
  const auto same = call.api.hub.catalog()->service(service.name);
  if (!same || same->id == service.id) return {};
  return fail(ErrorCode::kNameTaken, fmt::format("There is a service '{}' already.", service.name));
}

HandlerTask change_service(Call& call, core::Write mode) {
  auto dry_run = is_dry_run(call);
  if (!dry_run) co_return fail(dry_run);
  const auto lock = co_await call.api.changes.lock();
  auto current = find_service(call, call.parameter(0));
  if (!current) co_return fail(current);
  auto unchanged = check_if_match(call.request, service_settings(**current));
  if (!unchanged) co_return fail(unchanged);
  core::Service service = **current;
  auto read = read_service(call.request, mode, service);
  if (!read) co_return fail(read);
  if (*dry_run) {
    auto free = check_name_is_free(call, service);
    if (!free) co_return fail(free);
    co_return would_change(core::service_fields(), **current, service);
  }
  auto saved = co_await save_service(call, std::move(service));
  if (!saved) co_return fail(saved);
  co_return co_await show_service(call, std::move(*saved));
}

store::DeadLetterFilter of_service(const std::string& name) {
  store::DeadLetterFilter filter;
  filter.service = name;
  return filter;
}

/// What deleting the service would do.
async::Task<Result<store::ServiceDeletion>> count_deletion(Call& call, core::Service service) {
  store::ServiceDeletion counts;
  for (const auto& compiled : call.api.hub.catalog()->rules()) {
    if (compiled->rule.service == service.id && compiled->rule.enabled) ++counts.rules_disabled;
  }
  co_return co_await call.read(
      [counts, id = service.id, name = service.name,
       now = call.now().wall](store::Reader& reader) mutable -> Result<store::ServiceDeletion> {
        auto statistics = reader.statistics(now);
        if (!statistics) return fail(statistics);
        auto letters = reader.find_dead_letters(of_service(name));
        if (!letters) return fail(letters);
        counts.pending_dead = (*statistics)[id].backlog;
        counts.dead_letters_kept = static_cast<std::int64_t>(letters->size());
        return counts;
      });
}

}  // namespace

Result<std::shared_ptr<const core::Service>> find_service(const Call& call, std::string_view name) {
  auto service = call.api.hub.catalog()->service(name);
  if (service) return service;
  return fail(ErrorCode::kServiceNotFound, fmt::format("There is no service '{}'.", name));
}

async::Task<Result<core::Service>> save_service(Call& call, core::Service service) {
  return call.ask<core::Service>(
      [&hub = call.api.hub, service = std::move(service)](auto answer) mutable {
        hub.save_service(std::move(service), std::move(answer));
      });
}

async::Task<Result<Response>> show_service(Call& call, core::Service service, int status) {
  auto figures = co_await read_figures(call);
  if (!figures) co_return fail(figures);
  json::Writer out;
  figures->write(out, service);
  co_return tagged(out.take(), service_settings(service), status);
}

HandlerTask list_services(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto figures = co_await read_figures(call);
  if (!figures) co_return fail(figures);

  auto services = call.api.hub.catalog()->services();
  std::ranges::sort(services, std::ranges::greater{},
                    [](const auto& service) { return service->id.value; });
  std::erase_if(services, [&](const auto& service) {
    return page.before > 0 && service->id.value >= page.before;
  });
  co_return Response::json(page_body(
      services, page, [](const auto& service) { return service->id.value; },
      [&](json::Writer& out, const auto& service) { figures->write(out, *service); }));
}

HandlerTask create_service(Call& call) {
  auto dry_run = is_dry_run(call);
  if (!dry_run) co_return fail(dry_run);
  core::Service service;
  auto read = read_service(call.request, core::Write::kReplace, service);
  if (!read) co_return fail(read);
  const auto lock = co_await call.api.changes.lock();
  if (*dry_run) {
    auto free = check_name_is_free(call, service);
    if (!free) co_return fail(free);
    co_return would_change(core::service_fields(), core::Service{}, service);
  }
  auto saved = co_await save_service(call, std::move(service));
  if (!saved) co_return fail(saved);
  const auto location = "/api/v1/services/" + saved->name;
  auto response = co_await show_service(call, std::move(*saved), 201);
  if (response) response->headers.emplace_back("Location", location);
  co_return response;
}

HandlerTask get_service(Call& call) {
  auto service = find_service(call, call.parameter(0));
  if (!service) co_return fail(service);
  co_return co_await show_service(call, **service);
}

HandlerTask replace_service(Call& call) {
  return change_service(call, core::Write::kReplace);
}

HandlerTask patch_service(Call& call) {
  return change_service(call, core::Write::kPatch);
}

HandlerTask delete_service(Call& call) {
  auto dry_run = is_dry_run(call);
  if (!dry_run) co_return fail(dry_run);
  const auto lock = co_await call.api.changes.lock();
  auto service = find_service(call, call.parameter(0));
  if (!service) co_return fail(service);
  auto unchanged = check_if_match(call.request, service_settings(**service));
  if (!unchanged) co_return fail(unchanged);

  Result<store::ServiceDeletion> counts;
  if (*dry_run) {
    counts = co_await count_deletion(call, **service);
  } else {
    counts = co_await call.ask<store::ServiceDeletion>(
        [&](auto answer) { call.api.hub.remove_service((*service)->id, std::move(answer)); });
  }
  if (!counts) co_return fail(counts);
  json::Writer out;
  out.begin_object();
  out.member("rules_disabled", counts->rules_disabled);
  out.member("pending_dead", counts->pending_dead);
  out.member("dead_letters_kept", counts->dead_letters_kept);
  out.end_object();
  co_return Response::json(out.take());
}

}  // namespace mih::api
