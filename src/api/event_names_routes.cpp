#include <algorithm>
#include <map>

#include "api/event_classes.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "api/rule_trial.hpp"
#include "engine/event_library.hpp"
#include "engine/matcher.hpp"

namespace mih::api {
namespace {

/// A name with what is known of it.
struct Named {
  KnownClass known;
  engine::KnownName seen;
  std::int64_t number = 0;  ///< in the list, from 1
};

std::vector<Named> merged(std::vector<KnownClass> classes, std::vector<engine::KnownName> names) {
  std::map<std::string, Named> all;
  for (auto& known : classes) {
    auto& entry = all[known.name];
    entry.known = std::move(known);
  }
  for (auto& name : names) {
    auto& entry = all[name.name];
    entry.known.name = name.name;
    entry.seen = std::move(name);
  }
  std::vector<Named> list;
  for (auto& entry : all)
    list.push_back(std::move(entry.second));
  return list;
}

void text_or_null(json::Writer& out, std::string_view name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

void write_named(json::Writer& out, const Named& named) {
  const auto& known = named.known;
  out.begin_object();
  out.member("eventname", known.name);
  text_or_null(out, "title", known.title);
  text_or_null(out, "component", known.component);
  text_or_null(out, "objecttable", known.objecttable);
  text_or_null(out, "crud", known.crud);
  out.member("seen", named.seen.seen);
  out.key("last_seen");
  named.seen.seen > 0 ? out.value(to_unix_s(named.seen.last_seen)) : out.null();
  out.member("samples", static_cast<std::int64_t>(named.seen.samples));
  out.end_object();
}

void write_fields(json::Writer& out, const std::vector<engine::KnownField>& fields,
                  Privacy privacy) {
  out.key("items");
  out.begin_array();
  for (const auto& field : fields) {
    out.begin_object();
    out.member("path", field.path);
    out.member("type", field.type);
    if (privacy == Privacy::kFull) {
      out.key("example");
      field.example.empty() ? out.null() : out.raw(field.example);
    }
    out.end_object();
  }
  out.end_array();
}

/// The fields of one event.
std::vector<engine::KnownField> fields_of(const core::Event& event) {
  engine::EventLibrary library;
  json::Document document;
  if (document.parse(event.body)) {
    library.learn(event.name, event.site, event.accepted, document.root());
  }
  return library.fields(event.name);
}

}  // namespace

HandlerTask list_event_names(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  const auto text = query.text("text");
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto classes = co_await event_classes(call);
  if (!classes) co_return fail(classes);
  auto list = merged(std::move(*classes), call.api.hub.event_names());
  std::erase_if(list, [&](const Named& named) {
    return named.known.name.find(text) == std::string::npos &&
           named.known.title.find(text) == std::string::npos;
  });
  for (std::size_t i = 0; i < list.size(); ++i)
    list[i].number = static_cast<std::int64_t>(i) + 1;
  std::erase_if(list, [&](const Named& named) { return named.number <= page.before; });
  co_return Response::json(
      page_body(list, page, [](const Named& named) { return named.number; }, write_named));
}

HandlerTask list_event_fields(Call& call) {
  auto name = engine::normalise_pattern(call.parameter(0));
  if (!name || name->find('*') != std::string::npos) {
    co_return fail(ErrorCode::kNotFound, "This is no name of an event.");
  }
  auto fields = call.api.hub.event_fields(*name);
  auto origin = Origin::kRecorded;
  if (fields.empty()) {
    const auto example = co_await find_example(call, *name);
    if (!example) co_return std::unexpected(example.error());
    fields = fields_of(*example->event);
    origin = example->origin;
  }
  const bool shown = call.caller.may_manage() || !is_personal(origin);
  json::Writer out;
  out.begin_object();
  out.member("eventname", *name);
  out.member("source", name_of(origin));
  write_fields(out, fields, shown ? Privacy::kFull : Privacy::kRedacted);
  if (!shown) out.member("redacted", true);
  out.end_object();
  co_return Response::json(out.take());
}

}  // namespace mih::api
