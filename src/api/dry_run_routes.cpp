#include <algorithm>
#include <fmt/format.h>

#include "api/event_classes.hpp"
#include "api/handlers.hpp"
#include "api/query.hpp"
#include "api/rule_trial.hpp"
#include "engine/render.hpp"

namespace mih::api {
namespace {

constexpr std::int64_t kUsualEvents = 1'000;
constexpr std::int64_t kMostEvents = 10'000;
constexpr std::int64_t kPage = 500;
constexpr std::size_t kSamples = 5;

/// What became of the events that were looked at.
struct Findings {
  std::int64_t events = 0;
  std::int64_t of_pattern = 0;
  std::int64_t matched = 0;
  std::int64_t unrenderable = 0;  ///< of the matched ones: would be dead letters
  std::string why;                ///< of the first of them
  std::optional<WallTime> oldest;
  std::vector<core::EventPtr> samples;  ///< that match, newest first
};

class DryRun {
 public:
  DryRun(TriedRule tried, WallTime now) : tried_(std::move(tried)), now_(now) {}

  Result<Findings> run(store::Reader& reader, const std::string& site, std::int64_t limit) {
    store::Page page{kPage, 0};
    while (findings_.events < limit) {
      page.limit = std::min(kPage, limit - findings_.events);
      auto events = reader.events({.eventname = "", .site = site}, page);
      if (!events) return fail(events);
      const auto count = std::ssize(*events);
      if (count > 0) page.before = events->back().seq.value;
      for (auto& event : *events)
        look_at(std::move(event));
      if (count < page.limit) break;
    }
    return std::move(findings_);
  }

 private:
  void look_at(core::Event event) {
    ++findings_.events;
    findings_.oldest = event.accepted;
    if (!engine::pattern_allows(tried_.compiled->rule.eventname, event.name)) return;
    ++findings_.of_pattern;
    if (!document_.parse(event.body)) return;
    if (engine::why_not(*tried_.compiled, event.name, document_.root())) return;
    ++findings_.matched;
    const auto rendered =
        engine::render_request(*tried_.compiled, tried_.service, event, "d_", 1, now_, document_);
    // Where people and courses are looked up, null in their place says nothing.
    if (!rendered && tried_.compiled->needs.none()) {
      if (findings_.unrenderable++ == 0) findings_.why = rendered.error().detail;
    }
    if (findings_.samples.size() == kSamples) return;
    findings_.samples.push_back(std::make_shared<const core::Event>(std::move(event)));
  }

  TriedRule tried_;
  WallTime now_;
  json::Document document_;
  Findings findings_;
};

/// Since when events of the rule's pattern come in.
engine::CaptureState capture_of(const Call& call, core::Rule rule) {
  rule.enabled = true;
  rule.created = {};
  return call.api.hub.sites().capture_state(rule);
}

void write_findings(json::Writer& out, const Findings& findings,
                    const engine::CaptureState& capture) {
  out.member("events", findings.events);
  out.member("of_pattern", findings.of_pattern);
  out.member("matched", findings.matched);
  out.member("unrenderable", findings.unrenderable);
  out.key("oldest");
  findings.oldest ? out.value(to_unix_s(*findings.oldest)) : out.null();
  out.key("captured_since");
  capture.active_since ? out.value(to_unix_s(*capture.active_since)) : out.null();
  out.key("waiting_for");
  out.begin_array();
  for (const auto& site : capture.waiting_for)
    out.value(site);
  out.end_array();
}

}  // namespace

HandlerTask dry_run_rule(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  const auto choice = read_rule_choice(reader);
  const auto limit = reader.integer("limit").value_or(kUsualEvents);
  if (limit < 1 || limit > kMostEvents) reader.fault("limit", "must be from 1 to 10000");
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto tried = tried_rule(call, choice);
  if (!tried) co_return fail(tried);

  auto findings =
      co_await call.read([run = DryRun{*tried, call.now().wall}, site = call.caller.site, limit](
                             store::Reader& from) mutable { return run.run(from, site, limit); });
  if (!findings) co_return fail(findings);
  const auto& rule = tried->compiled->rule;
  if (findings->of_pattern == 0) call.api.hub.sites().request_samples(rule.eventname);

  const auto privacy = privacy_for(call.caller);
  json::Writer out;
  out.begin_object();
  write_findings(out, *findings, capture_of(call, rule));
  out.key("samples");
  out.begin_array();
  for (const auto& event : findings->samples) {
    auto trial = co_await try_rule(call, *tried, event);
    if (!trial) co_return fail(trial);
    out.begin_object();
    out.member("event_id", event->id);
    out.member("site", event->site);
    out.member("eventname", event->name);
    out.member("accepted", to_unix_s(event->accepted));
    write_trial(out, *trial, privacy);
    out.end_object();
  }
  out.end_array();
  const auto doubt = co_await doubt_about(call, rule.eventname);
  out.key("warnings");
  out.begin_array();
  if (!doubt.empty()) out.value(doubt);
  if (findings->unrenderable > 0) {
    out.value(fmt::format("{} of the events that match would end as dead letters (template): {}",
                          findings->unrenderable, findings->why));
  }
  if (findings->of_pattern == 0) {
    out.value(
        "None of these events has a name that the pattern allows; the connected sites have "
        "been asked for samples.");
  }
  out.end_array();
  if (privacy == Privacy::kRedacted) out.member("redacted", true);
  out.end_object();
  co_return Response::json(out.take());
}

}  // namespace mih::api
