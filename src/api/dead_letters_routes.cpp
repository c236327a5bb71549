#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/personal_data.hpp"
#include "api/query.hpp"
#include "api/rule_calls.hpp"

namespace mih::api {
namespace {

using Letters = std::vector<core::DeadLetterId>;

constexpr std::string_view kReasons =
    "must be one of: rejected, exhausted, expired, template, unroutable, overflow, cancelled, "
    "rule_deleted, service_deleted, inbound, loop";

/// The same filter, from a query string or from a body.
template <class Source>
store::DeadLetterFilter read_filter(Source& source, const std::string& reason) {
  store::DeadLetterFilter filter;
  filter.rule = core::RuleId{source.integer("rule_id").value_or(0)};
  filter.from_s = source.integer("from");
  filter.to_s = source.integer("to");
  if (reason.empty()) return filter;
  filter.reason = core::dead_reason_from(reason);
  if (!filter.reason) source.fault("reason", std::string(kReasons));
  return filter;
}

store::DeadLetterFilter filter_from(Query& query) {
  auto filter = read_filter(query, query.text("reason"));
  filter.service = query.text("service");
  filter.rule_name = query.text("rule");
  filter.eventname = query.text("eventname");
  filter.text = query.text("text");
  return filter;
}

store::DeadLetterFilter filter_from(ObjectReader& body) {
  auto filter = read_filter(body, body.text("reason").value_or(""));
  filter.service = body.text("service").value_or("");
  filter.rule_name = body.text("rule").value_or("");
  filter.eventname = body.text("eventname").value_or("");
  filter.text = body.text("text").value_or("");
  return filter;
}

bool has_no_condition(const store::DeadLetterFilter& filter) {
  return filter.service.empty() && !filter.rule.value && filter.rule_name.empty() &&
         filter.eventname.empty() && !filter.reason && !filter.from_s && !filter.to_s &&
         filter.text.empty();
}

/// What a bulk action is to be done with.
struct Selection {
  std::optional<Letters> ids;
  store::DeadLetterFilter filter;
  core::ReplayMode mode = core::ReplayMode::kCurrent;
  bool dry_run = false;
};

std::optional<Letters> read_ids(ObjectReader& body) {
  const auto numbers = body.integers("ids");
  if (!numbers) return std::nullopt;
  if (numbers->empty()) body.fault("ids", "must name at least one; all: true means all");
  Letters ids;
  ids.reserve(numbers->size());
  for (const auto number : *numbers)
    ids.push_back(core::DeadLetterId{number});
  std::ranges::sort(ids);
  const auto repeats = std::ranges::unique(ids);
  ids.erase(repeats.begin(), repeats.end());
  return ids;
}

core::ReplayMode read_mode(ObjectReader& body) {
  const auto mode = core::replay_mode_from(body.text("mode").value_or("current"));
  if (!mode) body.fault("mode", "must be current or as_sent");
  return mode.value_or(core::ReplayMode::kCurrent);
}

Result<Selection> read_selection(const json::Value& body, core::JobKind kind) {
  ObjectReader reader(body);
  Selection out{.ids = read_ids(reader),
                .filter = {},
                .mode = {},
                .dry_run = reader.flag("dry_run").value_or(false)};
  const bool all = reader.flag("all").value_or(false);
  const auto filter = reader.object("filter");
  if (kind == core::JobKind::kReplay) out.mode = read_mode(reader);
  if (out.ids && (all || filter)) reader.fault("ids", "give either ids or filter or all");
  if (!reader.has("ids") && !all && (!filter || filter->empty())) {
    reader.fault("filter", "give ids, a filter, or all: true for all");
  }
  auto valid = reader.check();
  if (!valid) return fail(valid);
  if (filter) {
    ObjectReader conditions(*filter, "filter");
    out.filter = filter_from(conditions);
    auto good = conditions.check();
    if (!good) return fail(good);
    if (!all && has_no_condition(out.filter)) {
      return invalid("filter", "has no condition that is not empty; all: true means all");
    }
  }
  return out;
}

/// A single entry that is being replayed cannot be deleted; in larger sets it is skipped.
async::Task<Result<bool>> check_deletable(Call& call, core::DeadLetterId id) {
  co_return co_await call.read([id](store::Reader& reader) -> Result<bool> {
    auto letter = reader.dead_letter(id);
    if (!letter) return fail(letter);
    if (!*letter || !(*letter)->replaying) return true;
    return fail(ErrorCode::kConflict,
                fmt::format("Dead letter {} is being replayed; wait for the result.", id.value));
  });
}

Response job_started(std::string_view id, std::size_t count) {
  json::Writer out;
  out.begin_object();
  out.key("job_id");
  if (id.empty())
    out.null();
  else
    out.value(id);
  out.member("count", static_cast<std::int64_t>(count));
  out.end_object();
  return Response::json(out.take(), id.empty() ? 200 : 202);
}

HandlerTask bulk_action(Call& call, core::JobKind kind) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  auto selection = read_selection(document->root(), kind);
  if (!selection) co_return fail(selection);

  Result<Letters> letters;
  if (selection->ids) {
    letters = std::move(*selection->ids);
  } else {
    letters = co_await call.read([filter = selection->filter](store::Reader& reader) {
      return reader.find_dead_letters(filter);
    });
  }
  if (!letters) co_return fail(letters);
  call.is_dry_run = selection->dry_run;
  if (selection->dry_run) co_return job_started({}, letters->size());
  if (kind == core::JobKind::kDelete && letters->size() == 1) {
    auto deletable = co_await check_deletable(call, letters->front());
    if (!deletable) co_return fail(deletable);
  }
  auto job = co_await call.ask<core::Job>([&](auto answer) {
    call.api.hub.start_job(kind, selection->mode, std::move(*letters), std::move(answer));
  });
  if (!job) co_return fail(job);
  const auto id = std::to_string(job->id.value);
  auto response = job_started(id, static_cast<std::size_t>(job->total));
  response.headers.emplace_back("Location", "/api/v1/jobs/" + id);
  co_return response;
}

std::string job_body(const core::Job& job) {
  json::Writer out;
  out.begin_object();
  out.member("id", std::to_string(job.id.value));
  out.member("kind", name_of(job.kind));
  out.member("state", name_of(job.state));
  out.member("total", job.total);
  out.member("done", job.done);
  out.member("succeeded", job.succeeded);
  out.member("skipped", job.skipped);
  out.member("failed", job.failed);
  out.key("errors");
  out.begin_array();
  for (const auto& error : job.errors)
    out.value(error);
  out.end_array();
  out.end_object();
  return out.take();
}

/// "e12": a request to erase what there is of a person.
std::optional<std::int64_t> erasure_number(std::string_view id) {
  std::int64_t number = 0;
  if (!id.starts_with('e')) return std::nullopt;
  const auto [end, fault] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
  if (fault != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace

HandlerTask list_dead_letters(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto filter = filter_from(query);
  // What is found tells what is in it: who may not see payloads may not search them.
  filter.in_payload = privacy_for(call.caller) == Privacy::kFull;
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto letters = co_await call.read([filter, page](store::Reader& reader) {
    return reader.dead_letters(filter, one_more(page));
  });
  if (!letters) co_return fail(letters);
  co_return Response::json(page_body(
      *letters, page, [](const core::DeadLetter& letter) { return letter.id.value; },
      [](json::Writer& out, const core::DeadLetter& letter) {
        write_dead_letter(out, letter, Detail::kRow, Privacy::kRedacted);
      }));
}

HandlerTask get_dead_letter(Call& call) {
  const auto number = path_number(call.parameter(0));
  if (!number) co_return std::unexpected(number.error());
  const core::DeadLetterId id{*number};
  auto letter = co_await call.read([id](store::Reader& reader) { return reader.dead_letter(id); });
  if (!letter) co_return fail(letter);
  if (!*letter) {
    co_return fail(ErrorCode::kNotFound, fmt::format("There is no dead letter {}.", id.value));
  }
  json::Writer out;
  write_dead_letter(out, **letter, Detail::kFull, privacy_for(call.caller));
  co_return Response::json(out.take());
}

HandlerTask replay_dead_letters(Call& call) {
  return bulk_action(call, core::JobKind::kReplay);
}

HandlerTask delete_dead_letters(Call& call) {
  return bulk_action(call, core::JobKind::kDelete);
}

HandlerTask get_job(Call& call) {
  if (const auto erasure = erasure_number(call.parameter(0))) {
    const auto found = co_await call.ask<std::optional<core::Erasure>>([&](auto answer) {
      call.api.hub.personal_data().find_erasure(*erasure, std::move(answer));
    });
    if (!found) co_return std::unexpected(found.error());
    if (*found) co_return Response::json(erasure_body(**found));
    co_return fail(ErrorCode::kNotFound, fmt::format("There is no job e{}.", *erasure));
  }
  const auto number = path_number(call.parameter(0));
  if (!number) co_return std::unexpected(number.error());
  const core::JobId id{*number};
  auto job = co_await call.read([id](store::Reader& reader) { return reader.job(id); });
  if (!job) co_return fail(job);
  if (!*job) {
    co_return fail(ErrorCode::kNotFound,
                   fmt::format("There is no job {}; only recent ones are kept.", id.value));
  }
  co_return Response::json(job_body(**job));
}

}  // namespace mih::api
