#include <algorithm>
#include <fmt/format.h>
#include <tuple>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/json_views.hpp"
#include "api/query.hpp"
#include "core/fields.hpp"

/// /secrets: named secrets of templates, whose values never come back; and their key.
namespace mih::api {
namespace {

constexpr std::size_t kMaxValue = 10'000;

void write_secret(json::Writer& out, const core::NamedSecret& secret) {
  out.begin_object();
  out.member("name", secret.name);
  out.member("timecreated", to_unix_s(secret.created));
  out.member("timemodified", to_unix_s(secret.modified));
  out.end_object();
}

std::string secret_body(const core::NamedSecret& secret) {
  json::Writer out;
  write_secret(out, secret);
  return out.take();
}

async::Task<Result<std::optional<core::NamedSecret>>> find_secret(Call& call) {
  auto secrets = co_await call.read([](store::Reader& reader) { return reader.secrets(); });
  if (!secrets) co_return fail(secrets);
  const auto found = std::ranges::find(*secrets, call.parameter(0), &core::NamedSecret::name);
  if (found == secrets->end()) co_return std::nullopt;
  co_return std::move(*found);
}

/// The mask sent back leaves a secret as it is.
HandlerTask unchanged(Call& call) {
  auto found = co_await find_secret(call);
  if (!found) co_return fail(found);
  if (!*found) {
    co_return invalid("value", "is the mask that secrets are shown as; give the secret itself");
  }
  co_return Response::json(secret_body(**found));
}

}  // namespace

HandlerTask list_secrets(Call& call) {
  Query query(call.request.query);
  const auto page = query.page();
  auto valid = query.check();
  if (!valid) co_return fail(valid);
  auto secrets = co_await call.read([](store::Reader& reader) { return reader.secrets(); });
  if (!secrets) co_return fail(secrets);
  // Numbered by their age, so that a page goes on where the last one ended.
  std::ranges::sort(*secrets, {}, [](const core::NamedSecret& secret) {
    return std::tie(secret.created, secret.name);
  });
  std::vector<std::pair<std::int64_t, core::NamedSecret>> numbered;
  for (auto& secret : *secrets) {
    const auto number = std::ssize(numbered) + 1;
    numbered.emplace_back(number, std::move(secret));
  }
  std::erase_if(numbered,
                [&](const auto& item) { return page.before > 0 && item.first >= page.before; });
  std::ranges::reverse(numbered);
  co_return Response::json(page_body(
      numbered, page, [](const auto& item) { return item.first; },
      [](json::Writer& out, const auto& item) { write_secret(out, item.second); }));
}

HandlerTask get_secret(Call& call) {
  auto found = co_await find_secret(call);
  if (!found) co_return fail(found);
  if (!*found) {
    co_return fail(ErrorCode::kNotFound, fmt::format("There is no secret {}.", call.parameter(0)));
  }
  co_return Response::json(secret_body(**found));
}

HandlerTask put_secret(Call& call) {
  auto document = parse_body(call.request);
  if (!document) co_return fail(document);
  ObjectReader reader(document->root());
  core::NamedSecret secret{.name = call.parameter(0), .value = reader.text("value").value_or("")};
  if (!core::is_secret_name(secret.name)) {
    reader.fault("name",
                 "must be 1 to 100 letters, digits, '.', '_' or '-', and begin with a letter or "
                 "digit");
  }
  if (secret.value.empty()) reader.fault("value", "is required");
  if (secret.value.size() > kMaxValue) {
    reader.fault("value", fmt::format("must have at most {} bytes", kMaxValue));
  }
  auto valid = reader.check();
  if (!valid) co_return fail(valid);
  if (secret.value == core::kMask) co_return co_await unchanged(call);
  const auto lock = co_await call.api.changes.lock();
  auto saved = co_await call.ask<core::NamedSecret>(
      [&](auto answer) { call.api.hub.save_secret(std::move(secret), std::move(answer)); });
  if (!saved) co_return fail(saved);
  co_return Response::json(secret_body(*saved));
}

HandlerTask delete_secret(Call& call) {
  const auto lock = co_await call.api.changes.lock();
  auto removed = co_await call.ask<bool>(
      [&](auto answer) { call.api.hub.remove_secret(call.parameter(0), std::move(answer)); });
  if (!removed) co_return fail(removed);
  co_return Response::empty();
}

HandlerTask rotate_key(Call& call) {
  auto rotated =
      co_await call.ask<bool>([&](auto answer) { call.api.hub.rotate_key(std::move(answer)); });
  if (!rotated) co_return fail(rotated);
  co_return Response::empty();
}

}  // namespace mih::api
