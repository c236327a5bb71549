#include <fmt/format.h>

#include "api/event_classes.hpp"
#include "api/event_lookup.hpp"
#include "api/handlers.hpp"
#include "api/query.hpp"
#include "api/rule_trial.hpp"
#include "engine/event_reader.hpp"

namespace mih::api {
namespace {

/// The event of a preview: given, named, or an example that the hub finds.
struct EventChoice {
  std::optional<json::Value> event;
  std::optional<std::string> event_id;
  std::string site;  ///< of the event that is named; "" = not said
  bool sample = false;
};

EventChoice read_event_choice(ObjectReader& reader) {
  EventChoice choice{.event = reader.object("event"),
                     .event_id = reader.text("event_id"),
                     .site = reader.text("site").value_or(""),
                     .sample = reader.flag("sample").value_or(false)};
  const int ways = (choice.event ? 1 : 0) + (choice.event_id ? 1 : 0) + (choice.sample ? 1 : 0);
  if (ways != 1) reader.fault("event", "give either event, event_id or \"sample\":true");
  return choice;
}

/// A posted event as intake would store it.
Result<Example> given_event(const Call& call, const json::Value& posted, const core::Rule& rule) {
  auto event = engine::read_event(posted, call.caller.site, call.now(), rule.include_anonymous);
  if (!event) return invalid("event", event.error().error);
  return Example{std::move(*event), Origin::kGiven};
}

async::Task<Result<Example>> recorded_event(Call& call, std::string id, std::string site) {
  co_return co_await call.read([sites = sites_to_search(call, std::move(site)),
                                id = std::move(id)](store::Reader& reader) -> Result<Example> {
    auto event = find_event(reader, sites, id);
    if (!event) return fail(event);
    return Example{std::make_shared<const core::Event>(std::move(*event)), Origin::kRecorded};
  });
}

std::string preview_body(const Trial& trial, const Example& example, Privacy privacy) {
  json::Writer out;
  out.begin_object();
  write_trial(out, trial, privacy);
  out.member("source", name_of(example.origin));
  if (privacy == Privacy::kFull) {
    out.key("event");
    out.raw(example.event->body);
  } else {
    out.member("redacted", true);
  }
  out.end_object();
  return out.take();
}

}  // namespace

HandlerTask preview_rule(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  const auto choice = read_rule_choice(reader);
  const auto wanted = read_event_choice(reader);
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  auto tried = tried_rule(call, choice);
  if (!tried) co_return fail(tried);
  const auto& rule = tried->compiled->rule;

  Result<Example> example;
  if (wanted.event) {
    example = given_event(call, *wanted.event, rule);
  } else if (wanted.event_id) {
    example = co_await recorded_event(call, *wanted.event_id, wanted.site);
  } else {
    example = co_await find_example(call, rule.eventname);
  }
  if (!example) co_return fail(example);
  auto trial = co_await try_rule(call, *tried, example->event);
  if (!trial) co_return fail(trial);
  auto doubt = co_await doubt_about(call, rule.eventname);
  if (!doubt.empty()) trial->warnings.push_back(std::move(doubt));
  const bool shown =
      call.caller.may_manage() || (!is_personal(example->origin) && !trial->is_personal);
  co_return Response::json(
      preview_body(*trial, *example, shown ? Privacy::kFull : Privacy::kRedacted));
}

}  // namespace mih::api
