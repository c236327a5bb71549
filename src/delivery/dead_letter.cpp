#include "delivery/dead_letter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/header.hpp"
#include "core/base_url.hpp"
#include "core/fields.hpp"
#include "core/service_secrets.hpp"
#include "engine/render.hpp"

namespace mih::delivery {
namespace {

constexpr std::size_t kKeptResponse = 4096;

bool is_secret_header(std::string_view name, const core::Service& service) {
  constexpr std::array<std::string_view, 4> kSecret{"authorization", "proxy-authorization",
                                                    "cookie", "x-api-key"};
  return equal_ignoring_case(name, service.apikey_header) ||
         std::ranges::any_of(kSecret, [&](auto s) { return equal_ignoring_case(name, s); });
}

void add_last_request(const Item& item, const engine::CompiledRule* rule,
                      const std::shared_ptr<const core::Service>& service, core::DeadLetter& letter,
                      json::Document& scratch, const engine::SiteAddresses& sites) {
  const bool lacks_rule = !rule && item.delivery.needs_rule();
  if (!service || lacks_rule || letter.attempts.empty()) return;
  // What an earlier process was told of people and courses is not known any more.
  const bool enriched = rule && rule->needs.any() && !item.delivery.as_sent;
  if (enriched && !(item.enrichment && item.enrichment->sent)) return;
  const auto& last = letter.attempts.back();
  auto sent = engine::render_attempt(item.delivery, rule, service, letter.delivery_id, last.n,
                                     last.time, scratch, {enrichment_of(item), &sites});
  if (!sent) return;
  letter.method = std::move(sent->method);
  letter.url = core::without_secrets_of(service->base_url, sent->url);
  letter.payload = std::move(sent->body);
  letter.headers = std::move(sent->headers);
  for (auto& [name, value] : letter.headers) {
    if (is_secret_header(name, *service)) value = core::kMask;
  }
}

}  // namespace

std::string describe(const core::Reply& reply) {
  if (reply.failure != core::Failure::kNone) return reply.error;
  if (reply.http_status && *reply.http_status >= 200 && *reply.http_status <= 299) return "";
  return reply.http_status ? "HTTP " + std::to_string(*reply.http_status) : reply.error;
}

std::string kept_response(const core::Reply& reply, const core::Service* service) {
  auto kept = reply.body.substr(0, kKeptResponse);
  if (service) kept = core::without_secrets(*service, std::move(kept));
  if (kept.size() > kKeptResponse) kept.resize(kKeptResponse);
  return kept;
}

std::string shown_endpoint(std::string_view url, std::string_view base_url) {
  const auto mark = std::min(base_url.find_first_of("?#"), base_url.size());
  auto base = base_url.substr(0, mark);
  while (base.ends_with('/'))
    base.remove_suffix(1);
  if (base.empty() || !url.starts_with(base)) return core::without_secrets_of(base_url, url);
  auto rest = std::string(url.substr(base.size()));
  if (!rest.empty() && !std::string_view{"/?#"}.contains(rest.front())) {
    return core::without_secrets_of(base_url, url);
  }
  // The query of the base stands first, before that of the endpoint.
  auto query = base_url.substr(mark);
  query = query.substr(0, query.find('#'));
  if (const auto at = rest.find('?'); query.size() > 1 && at != std::string::npos &&
                                      std::string_view{rest}.substr(at).starts_with(query)) {
    rest.erase(at + 1, query.size() - 1);
    if (at + 1 < rest.size() && rest[at + 1] == '&') rest.erase(at + 1, 1);
    if (rest.ends_with('?')) rest.pop_back();
  }
  return rest.starts_with('/') ? rest : "/" + rest;
}

std::unique_ptr<core::DeadLetter> make_dead_letter(const Item& item, core::DeadReason reason,
                                                   std::string error, const core::Reply* reply,
                                                   const engine::Catalog& catalog, WallTime now,
                                                   json::Document& scratch,
                                                   const engine::SiteAddresses& sites) {
  const auto& delivery = item.delivery;
  auto letter = std::make_unique<core::DeadLetter>();
  letter->id = delivery.replay_of;
  letter->key = delivery.key;
  letter->delivery_id = core::delivery_id(delivery.event->site, delivery.event->id, delivery.rule);
  letter->reason = reason;
  letter->event = delivery.event;
  letter->rule = delivery.rule;
  letter->service = delivery.service;
  letter->error_message = std::move(error);
  letter->attempts = delivery.progress.attempts;
  letter->ordering_key = delivery.ordering_key;
  letter->created = now;
  const auto rule = item.rule ? item.rule : catalog.rule(delivery.rule);
  if (rule) letter->rule_name = rule->rule.name;
  const auto service = item.service ? item.service : catalog.service(delivery.service);
  if (service) letter->service_name = service->name;
  if (!letter->attempts.empty()) letter->http_status = letter->attempts.back().http_status;
  if (reply) letter->response = kept_response(*reply, service.get());
  add_last_request(item, rule.get(), service, *letter, scratch, sites);
  return letter;
}

}  // namespace mih::delivery
